#include "cai/model/labels.hpp"

namespace cai {

std::string label_or_empty(const Labels& labels, const char* name) {
  const auto found = labels.find(name);
  return found == labels.end() ? std::string() : found->second;
}

}  // namespace cai
