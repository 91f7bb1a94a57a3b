#pragma once

#include <functional>
#include <map>
#include <string>

namespace cai {

/// Looked up by the names below without making a string of them: a listing of a thousand containers asks
/// often.
using Labels = std::map<std::string, std::string, std::less<>>;

/// Every label that cai writes. docs/reference/labels.md lists the same names; a test compares the two.
namespace label {
inline constexpr const char* managed = "containai.managed";          ///< "true" on everything of ours
inline constexpr const char* kind = "containai.kind";                ///< workspace | run | box | helper
inline constexpr const char* workspace = "containai.workspace";      ///< working tree root
inline constexpr const char* branch = "containai.branch";            ///< full branch name
inline constexpr const char* variant = "containai.variant";          ///< name given with --container, if any
inline constexpr const char* ssh_port = "containai.ssh-port";        ///< host port on 127.0.0.1
inline constexpr const char* data_volume = "containai.data-volume";  ///< volume at /mnt/agent-data
inline constexpr const char* template_name = "ai.containai.template";
inline constexpr const char* template_hash = "ai.containai.template-hash";
inline constexpr const char* keep = "containai.keep";                  ///< "true" when kept
inline constexpr const char* instance = "containai.instance";          ///< InstanceId of the owner
inline constexpr const char* workspace_id = "containai.workspace-id";  ///< WorkspaceId
inline constexpr const char* generation = "containai.generation";      ///< decimal
inline constexpr const char* spec_hash = "containai.spec-hash";  ///< sha256 of the canonical specification
inline constexpr const char* spec = "containai.spec";            ///< the canonical specification itself
inline constexpr const char* operation = "containai.operation";  ///< journal operation that made it
inline constexpr const char* volume_id =
    "containai.volume-id";                                 ///< nonce: proves which create made the volume
inline constexpr const char* run_id = "containai.run-id";  ///< RunId
inline constexpr const char* persistent = "containai.persistent";  ///< "true": outlives its session
inline constexpr const char* purpose = "containai.purpose";        ///< of a box, or an image made for one
inline constexpr const char* session = "containai.session";        ///< of `cai mcp`, 16 hex digits
inline constexpr const char* workdir = "containai.workdir";        ///< where commands in a box start
inline constexpr const char* box_user = "containai.box-user";      ///< "uid:gid" of commands in a box
inline constexpr const char* box_variables = "containai.box-variables";  ///< names of env, joined by commas
inline constexpr const char* box_network = "containai.box-network";      ///< named network of a box
inline constexpr const char* image_role = "containai.image-role";        ///< purpose | snapshot
inline constexpr const char* owner =
    "containai.owner";  ///< to_text(ProcessIdentity) of the cai behind a run, box or helper
}  // namespace label

/// The value, which lives as long as `labels`; "" when absent.
const std::string& label_or_empty(const Labels& labels, const char* name);

}  // namespace cai
