#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>

#include "cai/base/text.hpp"
#include "cai/model/names.hpp"
#include "cai/model/specification.hpp"

namespace cai {
namespace {

rc::Gen<std::string> any_bytes() {
  return rc::gen::container<std::string>(rc::gen::arbitrary<char>());
}

/// Mostly what repositories and branches are made of, and long enough to be cut.
rc::Gen<std::string> name_material() {
  const auto likely = rc::gen::elementOf(std::string("abcXYZ019---__./ "));
  return rc::gen::oneOf(any_bytes(), rc::gen::container<std::string>(likely),
                        rc::gen::resize(40, rc::gen::container<std::string>(likely)));
}

bool is_good_name(const std::string& name) {
  return is_valid_container_name(name) && name.size() <= max_name_length &&
         name.find("--") == std::string::npos;
}

RC_GTEST_PROP(WorkspaceName, IsAlwaysGood, ()) {
  RC_ASSERT(is_good_name(workspace_name(*name_material(), *name_material())));
}

RC_GTEST_PROP(WorkspaceName, DependsOnlyOnWhatItKeeps, ()) {
  const auto repository = *name_material();
  const auto branch = *name_material();
  const auto parent = *name_material();
  const std::string leaf = branch.substr(branch.rfind('/') + 1);
  RC_ASSERT(workspace_name(repository, branch) ==
            workspace_name(to_lower_ascii(repository), parent + "/" + leaf));
}

RC_GTEST_PROP(ChooseWorkspaceName, IsAlwaysGoodAndEndsWithTheDigits, ()) {
  const auto repository = *name_material();
  const auto branch = *name_material();
  const auto key = *any_bytes();
  const auto taken = *rc::gen::inRange<std::size_t>(0, 5);
  std::size_t asked = 0;
  const std::string name =
      choose_workspace_name(repository, branch, key, [&](const std::string&) { return asked++ < taken; });
  RC_ASSERT(is_good_name(name));
  const std::size_t digits = taken == 0 ? 0 : std::min<std::size_t>(2 + 2 * taken, 8);
  RC_ASSERT((taken == 0) == (name == workspace_name(repository, branch)));
  if (digits > 0) RC_ASSERT(name.ends_with('-' + sha256_hex(key).substr(0, digits)));
}

WorkspaceSpecification any_specification() {
  // Few different values, so that two specifications often agree in some fields.
  const auto text =
      rc::gen::oneOf(any_bytes(), rc::gen::container<std::string>(rc::gen::elementOf(std::string("\\n\n="))),
                     rc::gen::element<std::string>("", "a"));
  const auto number = rc::gen::oneOf(rc::gen::inRange(0, 3), rc::gen::arbitrary<int>());
  WorkspaceSpecification s;
  s.template_name = *text;
  s.template_hash = *text;
  s.image = *text;
  s.profile = *rc::gen::element(Profile::strict, Profile::sudo, Profile::system);
  s.uid = static_cast<uid_t>(*number);
  s.gid = static_cast<gid_t>(*number);
  s.memory_bytes = *number;
  s.nano_cpus = *number;
  s.root = *text;
  s.git_directory = *text;
  s.volume = *text;
  s.volume_shared = *rc::gen::arbitrary<bool>();
  s.port = *number;
  s.keys_directory = *text;
  return s;
}

RC_GTEST_PROP(CanonicalText, IsEqualExactlyForEqualSpecifications, ()) {
  const auto a = any_specification();
  const auto b = any_specification();
  RC_ASSERT((canonical_text(a) == canonical_text(b)) == (a == b));
  RC_ASSERT((specification_hash(a) == specification_hash(b)) == (a == b));
}

RC_GTEST_PROP(ChangedFields, AreExactlyTheFieldsThatDiffer, ()) {
  const auto old = any_specification();
  const auto wanted = any_specification();
  const auto old_fields = fields_of(old);
  const auto wanted_fields = fields_of(wanted);
  std::vector<std::string> expected;
  for (std::size_t i = 0; i < wanted_fields.size(); ++i) {
    if (old_fields[i] != wanted_fields[i]) expected.push_back(wanted_fields[i].first);
  }
  RC_ASSERT(changed_fields(canonical_text(old), wanted) == expected);
  RC_ASSERT(changed_fields(canonical_text(wanted), wanted).empty());
}

RC_GTEST_PROP(ChangedFields, AreNeverEmptyForAnotherText, ()) {
  const auto wanted = any_specification();
  std::string text = canonical_text(wanted);
  const auto place = *rc::gen::inRange<std::size_t>(0, text.size());
  if (*rc::gen::arbitrary<bool>()) {
    text.erase(place);
  } else {
    const auto byte = *rc::gen::oneOf(rc::gen::arbitrary<char>(), rc::gen::elementOf(std::string("\n=\\n")));
    RC_PRE(byte != text[place]);
    text[place] = byte;
  }
  RC_ASSERT(!changed_fields(text, wanted).empty());
}

}  // namespace
}  // namespace cai
