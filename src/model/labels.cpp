#include "cai/model/labels.hpp"

namespace cai {

const std::string& label_or_empty(const Labels& labels, const char* name) {
  static const std::string absent;
  const auto found = labels.find(name);
  return found == labels.end() ? absent : found->second;
}

}  // namespace cai
