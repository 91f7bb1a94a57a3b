#include "cai/model/labels.hpp"

#include <algorithm>
#include <stdexcept>

namespace cai {

Labels::Labels(std::initializer_list<value_type> labels) {
  reserve(labels.size());
  for (const auto& [name, value] : labels) try_emplace(name, value);
}

Labels::const_iterator Labels::find(std::string_view name) const {
  return std::ranges::find_if(labels_, [name](const value_type& label) { return label.first == name; });
}

const std::string& Labels::at(std::string_view name) const {
  const auto found = find(name);
  if (found == end()) throw std::out_of_range("no label " + std::string(name));
  return found->second;
}

std::string& Labels::operator[](std::string_view name) {
  const auto place = std::ranges::lower_bound(labels_, name, {}, &value_type::first);
  if (place != labels_.end() && place->first == name) return place->second;
  return labels_.emplace(place, name, "")->second;
}

void Labels::insert_or_assign(std::string name, std::string value) {
  if (labels_.empty() || labels_.back().first < name) {
    labels_.emplace_back(std::move(name), std::move(value));
  } else {
    (*this)[name] = std::move(value);
  }
}

void Labels::try_emplace(std::string_view name, std::string_view value) {
  if (!contains(name)) (*this)[name] = value;
}

void Labels::erase(std::string_view name) {
  std::erase_if(labels_, [name](const value_type& label) { return label.first == name; });
}

const std::string& label_or_empty(const Labels& labels, std::string_view name) {
  static const std::string absent;
  const auto found = labels.find(name);
  return found == labels.end() ? absent : found->second;
}

}  // namespace cai
