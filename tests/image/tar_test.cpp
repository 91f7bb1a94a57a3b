// An independent reader looks at what the writer wrote: tar(1).
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cstdio>

#include "image/template_folder.hpp"

namespace cai {
namespace {

std::string output_of(const std::string& command) {
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return "popen failed";
  std::string output;
  std::array<char, 4096> buffer{};
  std::size_t got = 0;
  while ((got = fread(buffer.data(), 1, buffer.size(), pipe)) > 0) output.append(buffer.data(), got);
  const int status = pclose(pipe);
  return status == 0 ? output : output + "exit " + std::to_string(WEXITSTATUS(status));
}

class Tar : public TemplateFolder {
 protected:
  [[nodiscard]] std::string list(const Template& chosen, const std::string& options) const {
    std::ofstream(root / "context.tar", std::ios::binary) << context_tar(chosen);
    return output_of("LC_ALL=C.UTF-8 TZ=UTC tar --quoting-style=escape -f " +
                     (root / "context.tar").string() + " " + options + " 2>&1");
  }
};

TEST_F(Tar, ListsAsItWasWritten) {
  Template chosen;
  chosen.files = {{"Dockerfile", 0600, false, "FROM x\n"},
                  {"bin/tool", 0711, false, std::string(512, 'x')},
                  {"empty", 0644, false, ""},
                  {"link", 0777, true, "bin/tool"}};
  EXPECT_EQ(list(chosen, "-tv --numeric-owner"),
            "-rw-r--r-- 0/0               7 1970-01-01 00:00 Dockerfile\n"
            "-rwxr-xr-x 0/0             512 1970-01-01 00:00 bin/tool\n"
            "-rw-r--r-- 0/0               0 1970-01-01 00:00 empty\n"
            "lrwxrwxrwx 0/0               0 1970-01-01 00:00 link -> bin/tool\n");
}

TEST_F(Tar, LongAndOddNamesSurvive) {
  Template chosen;
  for (const std::size_t length : {99U, 100U, 101U, 989U, 990U, 991U}) {
    chosen.files.push_back({"d/" + std::string(length - 2, 'n'), 0644, false, std::to_string(length)});
  }
  chosen.files.push_back({"e\xC3\xA9 \n'\"$(x)", 0644, false, "odd"});
  chosen.files.push_back({"f", 0777, true, std::string(150, 't')});
  std::string expected;
  for (const ContextFile& file : chosen.files) expected += file.path + '\0';
  EXPECT_EQ(list(chosen, "-t --quoting-style=literal | tr '\\n' '\\n' | wc -c"),
            std::to_string(expected.size()) + "\n");
  for (const ContextFile& file : chosen.files) {
    if (file.symbolic_link || file.path.starts_with("e")) continue;
    EXPECT_EQ(list(chosen, "-xO " + file.path), file.content);
  }
  EXPECT_NE(list(chosen, "-tv").find("f -> " + std::string(150, 't') + "\n"), std::string::npos);
}

TEST_F(Tar, SizeIsWholeBlocksAndTheEndIsTwoEmptyOnes) {
  for (const std::size_t size : {0U, 1U, 511U, 512U, 513U}) {
    Template chosen;
    chosen.files = {{"f", 0644, false, std::string(size, 'x')}};
    const std::string tar = context_tar(chosen);
    EXPECT_EQ(tar.size(), 512 + (size + 511) / 512 * 512 + 1024) << size;
    EXPECT_TRUE(std::all_of(tar.end() - 1024, tar.end(), [](char byte) { return byte == '\0'; }));
  }
}

TEST_F(Tar, TheSameFilesGiveTheSameBytes) {
  write("t/Dockerfile", "FROM x\n");
  write("t/b/z", "1");
  write("t/a", "2", 0755);
  const std::string before = context_tar(load("t"));
  std::filesystem::last_write_time(folders.user / "t/a",
                                   std::filesystem::file_time_type::clock::now() - std::chrono::hours(5));
  EXPECT_EQ(context_tar(load("t")), before);
}

}  // namespace
}  // namespace cai
