#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include "cai/base/error.hpp"
#include "cai/base/filesystem.hpp"
#include "cai/base/process.hpp"
#include "cai/data/import.hpp"
#include "support/temporary_directory.hpp"

namespace cai::test {

/// One raw entry of a tar: whatever the test says, however wrong.
std::string raw_entry(char type, const std::string& name, const std::string& link = "",
                      const std::string& content = "");
/// The same with a size that need not be the content's.
std::string raw_header(char type, const std::string& name, const std::string& link, std::uint64_t size);
std::string tar_of(const std::vector<std::string>& entries);

/// What check_archive says of these bytes.
struct Verdict {
  bool accepted = false;
  std::string message;
  ErrorKind kind = ErrorKind::failed;
  ArchiveSummary summary;
  std::vector<std::string> paths;
};

class Archives : public testing::Test {
 protected:
  std::filesystem::path write(const std::string& name, const std::string& bytes);
  Verdict check(const std::filesystem::path& file, const ArchiveLimits& limits = {}, bool go_on = false);
  Verdict check_bytes(const std::string& bytes) { return check(write("archive", bytes)); }
  /// The plain tar that an import sends to the engine.
  std::string stream(const std::filesystem::path& file, const ArchiveSummary& summary,
                     const ImportOwner& owner = {}, const ArchiveLayout* layout = nullptr);
  /// Output of a program that must succeed.
  std::string run(const std::vector<std::string>& argv);

  TemporaryDirectory directory_;
};

}  // namespace cai::test
