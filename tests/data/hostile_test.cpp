// Row 91 of the acceptance list: what must be refused before anything is touched, and what must not.
#include "archive_fixture.hpp"
#include "fuzz/tar_checksums.hpp"

namespace cai::test {
namespace {

struct Hostile {
  const char* what;
  std::vector<std::string> entries;
  const char* says;
};

std::string long_name_entry(const std::string& path) {
  const auto record = [&] {
    std::size_t length = path.size() + 8;
    while (std::to_string(length).size() + 7 + path.size() != length) ++length;
    return std::to_string(length) + " path=" + path + "\n";
  }();
  return raw_entry('x', "pax", "", record) + raw_entry('0', "short", "", "x");
}

TEST_F(Archives, RefusesWhatCouldWriteElsewhere) {
  const auto file = [](const std::string& name) { return raw_entry('0', name, "", "x"); };
  const std::vector<Hostile> corpus = {
      {"parent", {file("../outside")}, "leads out"},
      {"parent in the middle", {file("home/../../outside")}, "leads out"},
      {"parent at the end", {raw_entry('5', "home/..")}, "leads out"},
      {"parent that would stay inside", {file("home/../inside")}, "leads out"},
      {"absolute", {file("/etc/passwd")}, "absolute"},
      {"absolute with dots", {file("//./etc/passwd")}, "absolute"},
      {"absolute by pax", {long_name_entry("/etc/passwd")}, "absolute"},
      {"parent by pax", {long_name_entry("../" + std::string(200, 'x'))}, "leads out"},
      {"through a link", {raw_entry('2', "out", "/etc"), file("out/passwd")}, "through a symbolic link"},
      {"through a link, deep",
       {raw_entry('2', "a/out", "../.."), file("a/out/b/c")},
       "through a symbolic link"},
      {"onto a link", {raw_entry('2', "out", "/etc/passwd"), file("out")}, "through a symbolic link"},
      {"onto a link, spelt otherwise",
       {raw_entry('2', "out", "/etc/passwd"), file("./out")},
       "through a symbolic link"},
      {"directory onto a link",
       {raw_entry('2', "out", "/etc"), raw_entry('5', "out/")},
       "through a symbolic link"},
      {"link in the place of a directory",
       {raw_entry('5', "d/"), raw_entry('2', "d", "/etc")},
       "in the place of"},
      {"link in the place of an implied directory",
       {file("d/f"), raw_entry('2', "d", "/etc")},
       "in the place of"},
      {"hard link out", {raw_entry('1', "h", "/etc/passwd")}, "absolute"},
      {"hard link up", {raw_entry('1', "h", "../../etc/passwd")}, "leads out"},
      {"hard link to nothing", {raw_entry('1', "h", "later"), file("later")}, "no earlier file"},
      {"hard link to itself", {raw_entry('1', "h", "h")}, "no earlier file"},
      {"hard link through a link",
       {file("f"), raw_entry('2', "l", "/etc"), raw_entry('1', "h", "l/passwd")},
       "through a symbolic link"},
      {"hard link to a link, then through it",
       {raw_entry('2', "l", "/etc"), raw_entry('1', "h", "l"), file("h/passwd")},
       "through a symbolic link"},
      {"character device", {raw_entry('3', "null")}, "device"},
      {"block device", {raw_entry('4', "disk")}, "device"},
      {"fifo", {raw_entry('6', "pipe")}, "device"},
      {"below a file", {file("f"), file("f/g")}, "below a file"},
      {"directory in the place of a file", {file("f"), raw_entry('5', "f")}, "file and a directory"},
      {"component too long", {long_name_entry(std::string(256, 'n'))}, "too long"},
      {"path too long",
       {long_name_entry([] {
         std::string path;
         while (path.size() < 5000) path += "directory/";
         return path + "f";
       }())},
       "too long"},
      {"the volume's root as a file", {file(".")}, "no directory"},
  };
  for (const auto& hostile : corpus) {
    const auto verdict = check_bytes(tar_of(hostile.entries));
    EXPECT_FALSE(verdict.accepted) << hostile.what;
    EXPECT_EQ(verdict.kind, ErrorKind::refused) << hostile.what << ": " << verdict.message;
    EXPECT_NE(verdict.message.find(hostile.says), std::string::npos)
        << hostile.what << ": " << verdict.message;
    EXPECT_EQ(verdict.message.find('\n'), std::string::npos) << hostile.what;
  }
}

TEST_F(Archives, RefusesWhatIsDamagedOrNoTar) {
  const auto whole =
      tar_of({raw_entry('0', "a", "", std::string(100'000, 'a')), raw_entry('0', "b", "", "b")});
  for (const std::size_t size :
       {whole.size() - 1024, std::size_t{512}, std::size_t{50'000}, std::size_t{511}}) {
    EXPECT_FALSE(check_bytes(whole.substr(0, size)).accepted) << size;
  }
  auto flipped = whole;
  flipped[whole.size() - 1024 - 1024 + 3] = '!';  // in the second header
  EXPECT_FALSE(check_bytes(flipped).accepted);
  EXPECT_FALSE(check_bytes("").accepted);
  EXPECT_FALSE(check_bytes("just some words\n").accepted);
  EXPECT_FALSE(check_bytes(std::string(100'000, '\xff')).accepted);
  EXPECT_FALSE(check_bytes("\x1f\x8b\x08 and then rubbish").accepted);

  const auto plain = write("whole.tar", whole);
  for (const std::vector<std::string>& packer :
       {std::vector<std::string>{"gzip", "-k"}, {"xz", "-k"}, {"bzip2", "-k"}, {"zstd", "-q", "-k"}}) {
    auto argv = packer;
    argv.push_back(plain.string());
    run(argv);
    for (const auto& entry : std::filesystem::directory_iterator(directory_.path())) {
      if (entry.path() == plain || entry.path().extension() == "") continue;
      EXPECT_TRUE(check(entry.path()).accepted) << packer[0];
      const auto size = std::filesystem::file_size(entry.path());
      std::filesystem::resize_file(entry.path(), size / 2);
      EXPECT_FALSE(check(entry.path()).accepted) << packer[0];
      std::filesystem::remove(entry.path());
    }
  }
}

/// A sparse file of GNU tar whose one piece of 512 bytes is said to stand at `offset` (12 bytes) of `size`.
std::string sparse_entry(const std::string& offset, const std::string& size) {
  auto header = raw_header('S', "sparse", "", 512);
  const auto put = [&](std::size_t at, const std::string& text) { header.replace(at, text.size(), text); };
  put(257, std::string("ustar  \0", 8));
  put(345, std::string(167, '\0'));
  put(386, offset);
  put(398, std::string("00000001000\0", 12));
  put(483, size);
  return fuzz::with_right_checksums(header + std::string(512, 'x'));
}

TEST_F(Archives, RefusesSparseFilesThatContradictThemselves) {
  const std::string nothing("00000000000\0", 12);
  const std::string whole("00000001000\0", 12);
  EXPECT_TRUE(check_bytes(tar_of({sparse_entry(nothing, whole)})).accepted);
  // The largest offset there is, as base 256: the end of the piece is no number any more.
  const std::string huge = "\x80" + std::string(3, '\0') + "\x7f" + std::string(7, '\xff');
  for (const auto& entry :
       {sparse_entry(huge, whole), sparse_entry(whole, whole), sparse_entry(nothing, nothing)}) {
    const auto verdict = check_bytes(tar_of({entry}));
    EXPECT_FALSE(verdict.accepted);
    EXPECT_TRUE(verdict.message.starts_with("the archive is damaged or cut off: ")) << verdict.message;
    EXPECT_FALSE(verdict.message.ends_with(": ")) << verdict.message;
  }
}

/// Together with what came before, such a size is no number any more, and would pass for a small one.
TEST_F(Archives, RefusesAFileThatNoDiskCouldHold) {
  const std::string nothing("00000000000\0", 12);
  const std::string huge = "\x80" + std::string(3, '\0') + "\x7f" + std::string(7, '\xff');
  const auto verdict = check_bytes(tar_of({raw_entry('0', "first", "", "x"), sparse_entry(nothing, huge)}));
  EXPECT_FALSE(verdict.accepted);
  EXPECT_TRUE(verdict.message.starts_with("an entry of the archive has an impossible size"))
      << verdict.message;
}

TEST_F(Archives, BombsAreAskedAbout) {
  // 3 GiB of zeros in a few MiB would take a while to make: lower limits show the same.
  const auto zeros = write("zeros.tar", tar_of({raw_entry('0', "zeros", "", std::string(8 << 20, '\0'))}));
  run({"gzip", zeros.string()});
  const auto packed = directory_.path() / "zeros.tar.gz";
  ArchiveLimits limits;
  EXPECT_TRUE(check(packed, limits).accepted) << "sparse files of reasonable size are no bombs";
  limits.ratio_counts_from = 4 << 20;
  EXPECT_FALSE(check(packed, limits).accepted);
  EXPECT_TRUE(check(packed, limits, true).accepted) << "the user said yes";
  limits = {.entries = 2};
  const auto many =
      write("many.tar", tar_of({raw_entry('0', "a"), raw_entry('0', "b"), raw_entry('0', "c")}));
  EXPECT_FALSE(check(many, limits).accepted);
  limits = {.entries = 10, .bytes = 1 << 20};
  EXPECT_FALSE(check(packed, limits).accepted);
  // An announced size counts before the bytes are read.
  const auto liar = write("liar.tar", raw_header('0', "huge", "", 8'000'000'000ULL));
  limits = {};
  const auto verdict = check(liar, limits);
  EXPECT_FALSE(verdict.accepted);
  EXPECT_NE(verdict.message.find("unpacks to"), std::string::npos) << verdict.message;
}

TEST_F(Archives, AcceptsWhatStaysInside) {
  const auto odd = std::string("home/n\nl\xc3\xbc\xff");
  const auto verdict = check_bytes(tar_of({
      raw_entry('5', "./"),
      raw_entry('5', "./home/"),
      raw_entry('0', odd, "", "x"),
      raw_entry('0', ".containai.lock"),
      raw_entry('2', "home/up", "../elsewhere"),
      raw_entry('2', "home/absolute", "/usr/bin/env"),
      raw_entry('1', "home/hard", "./" + odd),
      raw_entry('1', "home/hard to a link", "home/up"),
      raw_entry('0', "..file"),
      raw_entry('0', "home/..."),
  }));
  EXPECT_TRUE(verdict.accepted) << verdict.message;
  EXPECT_EQ(verdict.paths, (std::vector<std::string>{"home", odd, "home/up", "home/absolute", "home/hard",
                                                     "home/hard to a link", "..file", "home/..."}));
  EXPECT_FALSE(verdict.summary.from_cai);
}

TEST_F(Archives, WhatIsSentBelongsToTheUserAndHasItsDirectories) {
  const auto file = write("a.tar", tar_of({raw_entry('0', "home/deep/f", "", "content")}));
  const auto verdict = check(file);
  ASSERT_TRUE(verdict.accepted) << verdict.message;
  const auto sent = write("sent.tar", stream(file, verdict.summary, {4321, 8765}));
  const auto listing = run({"tar", "--numeric-owner", "-tvf", sent.string()});
  EXPECT_NE(listing.find("drwxrwxrwt 0/0"), std::string::npos) << listing;
  EXPECT_NE(listing.find("drwx------ 4321/8765"), std::string::npos) << listing;
  EXPECT_NE(listing.find("-rw-r--r-- 4321/8765"), std::string::npos) << listing;
  EXPECT_NE(listing.find("./home/deep/\n"), std::string::npos) << listing;
  EXPECT_EQ(run({"tar", "-xOf", sent.string(), "./home/deep/f"}), "content");
}

TEST_F(Archives, AnArchiveThatChangesBetweenTheTwoReadingsIsRefused) {
  const auto file = write("a.tar", tar_of({raw_entry('0', "f", "", "x")}));
  const auto summary = check(file).summary;
  write("a.tar", tar_of({raw_entry('0', "f", "", "x"), raw_entry('0', "g", "", "x")}));
  EXPECT_THROW(stream(file, summary), Error);
  write("a.tar", tar_of({raw_entry('0', "../f", "", "x")}));
  EXPECT_THROW(stream(file, summary), Error);
  write("a.tar", tar_of({raw_entry('0', "f", "", "y")}));
  EXPECT_THROW(stream(file, summary), Error) << "other content of the same size";
}

/// Brings what lies in `in/` to `new/in/`, leaves out the rest, and doubles files called twice.
class Moved : public ArchiveLayout {
 public:
  [[nodiscard]] std::optional<TarEntry> place(TarEntry entry) const override {
    if (!entry.path.starts_with("in/")) return std::nullopt;
    entry.path = prefix + entry.path;
    return entry;
  }
  [[nodiscard]] bool rewrites(const TarEntry& placed) const override {
    return placed.path.ends_with("twice");
  }
  [[nodiscard]] std::string rewritten(std::string content) const override { return content + content; }

  std::string prefix = "new/";
};

TEST_F(Archives, AnotherLayoutIsBroughtIntoOursAndCheckedThere) {
  const auto file =
      write("a.tar", tar_of({raw_entry('5', "./in/"), raw_entry('0', "./in/twice", "", std::string(600, 'x')),
                             raw_entry('0', "out", "", "left"), raw_entry('0', "in/f", "", "once")}));
  const auto summary = check(file).summary;
  Moved layout;
  const auto sent = write("sent.tar", stream(file, summary, {}, &layout));
  EXPECT_EQ(run({"tar", "-tf", sent.string()}), "./\n./new/\n./new/in/\n./new/in/twice\n./new/in/f\n");
  EXPECT_EQ(run({"tar", "-xOf", sent.string(), "./new/in/twice"}), std::string(1200, 'x'));
  EXPECT_EQ(run({"tar", "-xOf", sent.string(), "./new/in/f"}), "once");
  layout.prefix = "../";
  EXPECT_THROW(stream(file, summary, {}, &layout), Error);
}

TEST_F(Archives, SparseFilesComeOutWithTheirHoles) {
  const auto tree = directory_.path() / "tree";
  std::filesystem::create_directory(tree);
  run({"truncate", "-s", "5M", (tree / "sparse").string()});
  run({"sh", "-c",
       "printf end | dd of='" + (tree / "sparse").string() + "' bs=1 seek=3000000 conv=notrunc 2>/dev/null"});
  for (const char* format : {"gnu", "pax"}) {
    const auto archive = directory_.path() / (std::string(format) + ".tar");
    run({"tar", std::string("--format=") + format, "--sparse", "-C", tree.string(), "-cf", archive.string(),
         "."});
    const auto verdict = check(archive);
    ASSERT_TRUE(verdict.accepted) << verdict.message;
    EXPECT_EQ(verdict.summary.bytes, 5 << 20) << format;
    const auto sent = write("sent.tar", stream(archive, verdict.summary));
    run({"sh", "-c",
         "tar -xOf '" + sent.string() + "' ./sparse | cmp - '" + (tree / "sparse").string() + "'"});
  }
}

}  // namespace
}  // namespace cai::test
