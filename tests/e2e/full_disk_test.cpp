// Disks that are full on either side of an export or an import: one clear error, nothing half done, nothing
// left.
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

#include "e2e/marks.hpp"
#include "e2e/proxy.hpp"
#include "e2e/workspace_fixture.hpp"

namespace cai::e2e {
namespace {

namespace fs = std::filesystem;

/// Makes the volumes of this world's cai in memory, with room for a mebibyte.
std::string with_small_volume(std::string request) {
  if (request.find("POST /") != 0 || request.find("/volumes/create") == std::string::npos) return request;
  const std::string options =
      R"("Driver":"local","DriverOpts":{"type":"tmpfs","device":"tmpfs","o":"size=1m,mode=1777"},)";
  const auto body = request.find("\r\n\r\n") + 4;
  request.insert(body + 1, options);
  const std::string header = "Content-Length: ";
  const auto length = request.find(header) + header.size();
  const auto end = request.find('\r', length);
  return request.replace(length, end - length, std::to_string(request.size() - body));
}

class FullDisk : public InOneWorkspace {
 protected:
  std::string volume() { return trimmed(cai({"config", "get", "data_volume"}).out); }
  /// Every container, volume and mark of this world.
  std::string everything() {
    std::ifstream file(world.home() / ".config/containai/instance");
    std::string instance;
    file >> instance;
    const auto ours = "label=containai.instance=" + instance;
    return world.docker({"ps", "-a", "--format", "{{.ID}} {{.Names}} {{.State}}", "--filter", ours}).out +
           world.docker({"volume", "ls", "-q", "--filter", ours}).out + marks_left(world);
  }
  void use_small_volumes() {
    proxy.rewrite = with_small_volume;
    world.environment["DOCKER_HOST"] = "unix://" + (world.root() / "p").string();
  }

  Proxy proxy{(world.root() / "p").string()};
};

TEST_F(FullDisk, OfTheEngineUnderAnArchive) {
  ASSERT_EQ(cai({"-d"}).code, 0);
  ASSERT_EQ(inside("head -c 5M /dev/urandom > bulk; echo old > mark"), "");
  ASSERT_EQ(cai({"export", "-o", "good.tgz"}).code, 0);
  const auto before = everything();
  const auto served = volume();
  use_small_volumes();
  const auto full = cai({"import", "good.tgz", "--yes"});
  EXPECT_EQ(full.code, 1) << full.err;
  EXPECT_NE(full.err.find("disk of the container engine is full"), std::string::npos) << full.err;
  EXPECT_EQ(full.out, "");
  EXPECT_EQ(everything(), before);
  EXPECT_EQ(volume(), served);
  EXPECT_EQ(inside("cat mark; wc -c < bulk"), "old\n5242880\n");
}

TEST_F(FullDisk, OfTheEngineUnderAHomeThatGoesIntoANewVolume) {
  fs::create_directories(world.home() / ".vim");
  std::ofstream(world.home() / ".vim/big") << std::string(5 << 20, 'x');
  use_small_volumes();
  const auto full = cai({"import"});
  EXPECT_EQ(full.code, 1) << full.err;
  EXPECT_NE(full.err.find("disk of the container engine is full"), std::string::npos) << full.err;
  EXPECT_EQ(everything(), "");
  proxy.rewrite = nullptr;
  EXPECT_EQ(cai({"import"}).code, 0);
  ASSERT_EQ(cai({"-d"}).code, 0);
  EXPECT_EQ(inside("wc -c < .vim/big"), "5242880\n");
}

/// A volume in service is changed file by file; with no room for all of them, none is.
TEST_F(FullDisk, OfTheEngineUnderAVolumeInService) {
  world.environment["DOCKER_HOST"] = "unix://" + (world.root() / "p").string();
  fs::create_directories(world.home() / ".vim");
  for (const char* name : {"a", "b", "c"}) std::ofstream(world.home() / ".vim" / name) << "old";
  proxy.rewrite = with_small_volume;
  ASSERT_EQ(cai({"-d"}).code, 0);
  EXPECT_EQ(inside("cat .vim/?"), "oldoldold");
  for (const char* name : {"a", "b", "c"})
    std::ofstream(world.home() / ".vim" / name) << std::string(600 << 10, 'n');
  const auto before = everything();
  for (int i = 0; i < 2; ++i) {
    const auto full = cai({"import"});
    EXPECT_EQ(full.code, 1) << full.err;
    EXPECT_NE(full.err.find("or the volume, is full"), std::string::npos) << full.err;
    EXPECT_EQ(everything(), before);
    EXPECT_EQ(inside("cat .vim/?; ls -A /mnt/agent-data"), "oldoldold.containai.lock\nhome\n");
  }
  std::ofstream(world.home() / ".vim/a") << "new";
  std::ofstream(world.home() / ".vim/b") << "new";
  EXPECT_EQ(cai({"import"}).code, 0) << "what does fit";
  EXPECT_EQ(inside("cat .vim/a .vim/b; wc -c < .vim/c"), "newnew614400\n");
}

/// The output directory is full at the beginning, in the middle, and with the last block.
TEST_F(FullDisk, UnderAnExport) {
  ASSERT_EQ(cai({"-d"}).code, 0);
  ASSERT_EQ(inside("head -c 3M /dev/urandom > bulk"), "");
  const auto before = everything();
  const auto small = world.root() / "small";
  fs::create_directories(small);
  for (const char* size : {"4k", "1m", "3m"}) {
    ASSERT_EQ(run({"mount", "-t", "tmpfs", "-o", std::string("size=") + size, "tmpfs", small.string()},
                  world.environment, "/")
                  .code,
              0)
        << "this test needs the right to mount a small file system";
    std::ofstream(small / "x.tgz") << "former";
    for (const auto& command : {Words{"export", "-o", (small / "x.tgz").string()},
                                Words{"stop", "--export", "-o", (small / "x.tgz").string()}}) {
      const auto full = cai(command);
      EXPECT_EQ(full.code, 1) << full.err;
      EXPECT_NE(full.err.find(small.string()), std::string::npos) << full.err;
      EXPECT_NE(full.err.find("No space left"), std::string::npos) << full.err;
    }
    std::stringstream content;
    content << std::ifstream(small / "x.tgz").rdbuf();
    EXPECT_EQ(content.str(), "former");
    EXPECT_EQ(std::distance(fs::directory_iterator(small), {}), 1);
    EXPECT_EQ(run({"umount", small.string()}, world.environment, "/").code, 0);
  }
  EXPECT_EQ(everything(), before) << "and the workspace goes on";
}

}  // namespace
}  // namespace cai::e2e
