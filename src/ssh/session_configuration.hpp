#pragma once

#include <map>
#include <string>
#include <vector>

#include "cai/base/environment.hpp"
#include "cai/ssh/ssh.hpp"

namespace cai {

/// Everything ssh(1) is started with for one session.
struct SessionConfiguration {
  std::string text;                      ///< the configuration file
  std::vector<std::string> environment;  ///< "NAME=value": all that ssh gets, and sends
};

/// How variables travel. ssh sends every variable of its own environment (`SendEnv *`), and that environment
/// is made of nothing but the session's variables. Not SetEnv: the master of a shared connection would add
/// its own, old ones to each later session, and SetEnv cannot say line breaks. Variables that would change
/// ssh itself (LD_PRELOAD, ...; a repository may have asked for them) go into SetEnv of a connection that is
/// not shared. Throws Error(usage) when a variable's name is none, or when such a special one cannot be said.
SessionConfiguration session_configuration(const SshFiles& files, const SessionRequest& request,
                                           const Environment& local, bool may_share);

}  // namespace cai
