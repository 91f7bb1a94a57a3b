// Preloaded into the sshd that the tests start: "agent" is another name of whoever runs the tests, with the
// home directory that the tests chose.
#include <dlfcn.h>
#include <pwd.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

extern "C" passwd* getpwnam(const char* name) {
  using Function = passwd* (*)(const char*);
  static const auto next = reinterpret_cast<Function>(dlsym(RTLD_NEXT, "getpwnam"));
  const char* home = getenv("CAI_TEST_HOME");
  if (home == nullptr || std::strcmp(name, "agent") != 0) return next(name);
  static char login[] = "agent";
  static char password[] = "x";
  static char description[] = "";
  static char shell[] = "/bin/sh";
  static char directory[4096];
  std::strncpy(directory, home, sizeof directory - 1);
  static passwd account{login, password, getuid(), getgid(), description, directory, shell};
  return &account;
}
