// Volumes and images.
#include "contract.hpp"
#include "support/tar.hpp"

namespace cai {
namespace {

ContainerRequest with_volume(ContainerRequest request, const std::string& volume) {
  request.mounts = {{MountRequest::Type::volume, volume, "/mnt/agent-data", false}};
  return request;
}

std::string context_with(const std::string& instructions) {
  return make_tar({{"Dockerfile", "FROM " + test_image() + "\n" + instructions}, {"greeting", "hello\n"}});
}

TEST_P(EngineContract, VolumeIsMadeOnceAndKeepsItsFirstLabels) {
  const std::string data = volume("data");
  EXPECT_FALSE(engine().inspect_volume(data).has_value());
  const ObservedVolume first = engine().create_volume(data, {{"nonce", "first"}});
  EXPECT_EQ(first.name, data);
  EXPECT_EQ(first.labels, (Labels{{"nonce", "first"}}));
  EXPECT_EQ(first.mount_point, engine().information().data_directory + "/volumes/" + data + "/_data");
  const ObservedVolume second = engine().create_volume(data, {{"nonce", "second"}});
  EXPECT_EQ(second.labels, (Labels{{"nonce", "first"}})) << "who comes second must be able to see it";
  EXPECT_EQ(engine().inspect_volume(data).value().labels, (Labels{{"nonce", "first"}}));
  EXPECT_EQ(engine().remove_volume(data), Outcome::done);
  EXPECT_EQ(engine().remove_volume(data), Outcome::unchanged);
  EXPECT_FALSE(engine().inspect_volume(data).has_value());
}

TEST_P(EngineContract, VolumeNameThatTheEngineCannotTakeIsAnError) {
  EXPECT_EQ(error_of([&] { engine().create_volume("no spaces here", {}); }).kind(), ErrorKind::failed);
}

TEST_P(EngineContract, MissingVolumeIsMadeEmptyAndUnlabelledByACreate) {
  const std::string data = volume("silent");
  const ContainerId id = create("user", with_volume(request(), data));
  const auto made = engine().inspect_volume(data);
  ASSERT_TRUE(made.has_value()) << "the engine asks nobody: whoever needs the volume must look first";
  EXPECT_TRUE(made->labels.empty());
  EXPECT_EQ(inspect(id).volume_mounts, (std::map<std::string, std::string>{{"/mnt/agent-data", data}}));
}

TEST_P(EngineContract, VolumeIsInUseAsLongAsAContainerExists) {
  const std::string data = volume("used");
  engine().create_volume(data, {{"nonce", "kept"}});
  const ContainerId id = run("holder", with_volume(request(), data));
  EXPECT_EQ(engine().remove_volume(data), Outcome::conflict);
  engine().stop_container(id, 0);
  EXPECT_EQ(engine().remove_volume(data), Outcome::conflict) << "stopped containers hold their volumes";
  EXPECT_EQ(engine().remove_container(id), Outcome::done);
  EXPECT_EQ(engine().inspect_volume(data).value().labels, (Labels{{"nonce", "kept"}}))
      << "removing a container never takes the volume along";
  EXPECT_EQ(engine().remove_volume(data), Outcome::done);
}

TEST_P(EngineContract, ArchiveGoesInAndOutOfAContainerThatNeverRan) {
  const std::string data = volume("archive");
  engine().create_volume(data, {{"nonce", "archive"}});
  const ContainerId id = create("unstarted", with_volume(request(), data));
  const auto never = [] { return false; };
  // Larger than one piece and than any socket's buffer, in pieces of odd sizes.
  const TarFiles files = {{"large", std::string(3'000'000, 'x')}, {"small", "hello\n"}};
  const std::string archive = make_tar(files);
  std::size_t at = 0;
  const ArchiveSource source = [&] {
    const auto piece = std::string_view(archive).substr(at, 65'537);
    at += piece.size();
    return piece;
  };
  EXPECT_EQ(engine().write_archive(id, "/mnt/agent-data", source, never), Outcome::done);
  EXPECT_EQ(state(id), ContainerState::created);

  const auto read_back = [&](const std::string& path) {
    std::string tar;
    EXPECT_TRUE(engine().read_archive(
        id, path, [&](std::string_view piece) { tar += piece; }, never));
    return read_tar(tar);
  };
  EXPECT_EQ(read_back("/mnt/agent-data/."), files);
  EXPECT_EQ(read_back("/mnt/agent-data/small"), (TarFiles{{"small", "hello\n"}}));
  EXPECT_FALSE(engine().read_archive(
      id, "/nowhere/at/all", [](std::string_view) {}, never));
  EXPECT_FALSE(engine().read_archive(
      nobody(), "/mnt/agent-data", [](std::string_view) {}, never));
  at = 0;
  EXPECT_EQ(engine().write_archive(nobody(), "/mnt/agent-data", source, never), Outcome::missing);
  // The connection is whole after all that.
  EXPECT_TRUE(engine().inspect_volume(data).has_value());
}

TEST_P(EngineContract, ArchiveTransfersStopWhenAsked) {
  const std::string data = volume("stopped");
  const ContainerId id = create("unstarted", with_volume(request(), data));
  const auto at_once = [] { return true; };
  EXPECT_EQ(error_of([&] {
              engine().read_archive(
                  id, "/mnt/agent-data/.", [](std::string_view) {}, at_once);
            }).kind(),
            ErrorKind::interrupted);
  const std::string zeros(512, '\0');
  EXPECT_EQ(error_of([&] {
              engine().write_archive(
                  id, "/mnt/agent-data", [&] { return std::string_view(zeros); }, at_once);
            }).kind(),
            ErrorKind::interrupted);
  EXPECT_EQ(state(id), ContainerState::created);
}

TEST_P(EngineContract, ImageIsFoundByTagAndById) {
  const auto by_tag = engine().inspect_image(test_image());
  ASSERT_TRUE(by_tag.has_value());
  EXPECT_TRUE(by_tag->id.starts_with("sha256:")) << by_tag->id;
  EXPECT_GT(by_tag->size_bytes, 0);
  EXPECT_EQ(engine().inspect_image(by_tag->id).value().id, by_tag->id);
  EXPECT_FALSE(engine().inspect_image(name("none") + ":1").has_value());
}

TEST_P(EngineContract, BuildTagsAnImageThatContainersCanUse) {
  BuildRequest wanted;
  wanted.tag = tag("built");
  wanted.labels = {{"from", "request"}};
  std::vector<std::string> lines;
  const std::string id =
      engine().build_image(wanted, context_with("COPY greeting /greeting\nLABEL own=yes\n"),
                           [&](std::string_view line) { lines.emplace_back(line); });
  EXPECT_FALSE(lines.empty());
  bool copy_seen = false;
  for (const auto& line : lines) {
    EXPECT_EQ(line.find_first_of("\r\n"), std::string::npos) << line;
    copy_seen = copy_seen || line.find("COPY greeting /greeting") != std::string::npos;
  }
  EXPECT_TRUE(copy_seen) << "the output tells what is being done";

  const auto image = engine().inspect_image(wanted.tag);
  ASSERT_TRUE(image.has_value());
  EXPECT_EQ(image->id, id);
  EXPECT_EQ(image->tags, std::vector<std::string>{wanted.tag});
  EXPECT_EQ(image->labels.at("from"), "request");
  EXPECT_EQ(image->labels.at("own"), "yes");

  auto container = request();
  container.image = wanted.tag;
  const ObservedContainer made = inspect(create("of-built", container)).container;
  EXPECT_EQ(made.image_id, id);
  EXPECT_EQ(made.image, wanted.tag);
  EXPECT_EQ(made.labels.at("own"), "yes") << "containers inherit the labels of their image";
}

TEST_P(EngineContract, UnchangedContextGivesTheSameImage) {
  BuildRequest wanted;
  wanted.tag = tag("same");
  // A content of its own: another test that builds the same and removes it would take the cache away.
  const std::string context = context_with("COPY greeting /same\n");
  const std::string first = engine().build_image(wanted, context, ignore_line);
  EXPECT_EQ(engine().build_image(wanted, context, ignore_line), first);
  const std::string changed = context_with("COPY greeting /elsewhere\n");
  wanted.tag = tag("other");
  EXPECT_NE(engine().build_image(wanted, changed, ignore_line), first);
}

TEST_P(EngineContract, FailingStepIsAnErrorWithItsMessage) {
  BuildRequest wanted;
  wanted.tag = tag("broken");
  std::string output;
  const Error error = error_of([&] {
    engine().build_image(wanted, context_with("RUN echo about-to-fail; exit 3\n"),
                         [&](std::string_view line) { output.append(line).push_back('\n'); });
  });
  EXPECT_EQ(error.kind(), ErrorKind::failed);
  EXPECT_NE(std::string(error.what()).find("non-zero code: 3"), std::string::npos) << error.what();
  EXPECT_NE(output.find("about-to-fail"), std::string::npos) << output;
  EXPECT_FALSE(engine().inspect_image(wanted.tag).has_value());
}

TEST_P(EngineContract, ContextWithoutDockerfileIsAnErrorThatNamesIt) {
  BuildRequest wanted;
  wanted.tag = tag("empty");
  const Error error = error_of([&] {
    engine().build_image(wanted, make_tar({{"greeting", "hello\n"}}), ignore_line);
  });
  EXPECT_EQ(error.kind(), ErrorKind::failed);
  EXPECT_NE(std::string(error.what()).find("Dockerfile"), std::string::npos) << error.what();
}

TEST_P(EngineContract, ImageInUseIsNotRemoved) {
  BuildRequest wanted;
  wanted.tag = tag("used");
  const std::string context = context_with("COPY greeting /used-" + std::string(GetParam()) + "\n");
  engine().build_image(wanted, context, ignore_line);
  auto container = request();
  container.image = wanted.tag;
  const ContainerId id = create("uses", container);
  EXPECT_EQ(engine().remove_image(wanted.tag), Outcome::conflict);
  EXPECT_TRUE(engine().inspect_image(wanted.tag).has_value());
  EXPECT_EQ(engine().remove_container(id), Outcome::done);
  EXPECT_EQ(engine().remove_image(wanted.tag), Outcome::done);
  EXPECT_EQ(engine().remove_image(wanted.tag), Outcome::unchanged);
  EXPECT_FALSE(engine().inspect_image(wanted.tag).has_value());
}

TEST_P(EngineContract, PullingFromNowhereIsAnError) {
  // Port 1 answers nobody, so this needs no network.
  const Error error = error_of([&] { engine().pull_image("127.0.0.1:1/cai/none:1", ignore_line); });
  EXPECT_EQ(error.kind(), ErrorKind::failed);
  EXPECT_STRNE(error.what(), "");
}

}  // namespace
}  // namespace cai
