#include "cli/invocation.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "cai/base/error.hpp"
#include "cai/base/text.hpp"
#include "cli/command_table.hpp"
#include "support/temporary_directory.hpp"

namespace cai {
namespace {

using Words = std::vector<std::string>;

class InvocationTest : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directory(directory_.path() / "sources");
    std::filesystem::create_directory(directory_.path() / "status");
    std::ofstream(directory_.path() / "readme") << "text";
  }

  Invocation parse(const Words& words) const { return parse_invocation(words, directory_.path()); }

  Error refusal(const Words& words) const {
    try {
      parse(words);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::usage);
      return error;
    }
    ADD_FAILURE() << "understood: " << shell_join(words);
    return {ErrorKind::failed, ""};
  }
  /// Message and hints, one a line.
  std::string refusal_text(const Words& words) const {
    const Error error = refusal(words);
    std::string text = error.what();
    for (const std::string& hint : error.hints()) text += "\n" + hint;
    return text;
  }

  TemporaryDirectory directory_;
};

/// The shortest words that call the command.
Words calling(const CommandSpec& command) {
  Words words = split(full_name(command), ' ');
  for (const PositionalSpec& positional : command.positionals) {
    if (positional.required) words.emplace_back("word");
  }
  return words;
}

void add_inner(const CommandSpec& command, Words& words) {
  if (command.inner_command == InnerCommand::required) words.insert(words.end(), {"--", "true"});
}

TEST_F(InvocationTest, EveryCommandIsUnderstood) {
  for (const CommandSpec& command : command_table()) {
    Words words = calling(command);
    add_inner(command, words);
    const Invocation invocation = parse(words);
    EXPECT_EQ(invocation.command, command.name);
    EXPECT_EQ(invocation.subcommand, command.subcommand);
    EXPECT_TRUE(invocation.flags.empty());
    EXPECT_TRUE(invocation.options.empty());
  }
}

TEST_F(InvocationTest, EveryOptionOfEveryCommandIsUnderstood) {
  for (const CommandSpec& command : command_table()) {
    for (const OptionSpec* option : options_of(command)) {
      if (option->name == "help" || option->name == "version") continue;
      std::vector<Words> forms;
      for (const std::string_view name : {option->name, option->other_name}) {
        const std::string word = "--" + std::string(name);
        if (name.empty()) continue;
        if (!option->takes_value()) forms.push_back({word});
        if (option->takes_value()) forms.insert(forms.end(), {Words{word, "a=b"}, Words{word + "=a=b"}});
      }
      const std::string letter = std::string("-") + option->short_name;
      if (option->short_name != 0 && !option->takes_value()) forms.push_back({letter});
      if (option->short_name != 0 && option->takes_value()) {
        forms.insert(forms.end(), {Words{letter, "a=b"}, Words{letter + "a=b"}});
      }
      for (const Words& form : forms) {
        for (const bool before : {true, false}) {  // of the command word
          Words words = calling(command);
          words.insert(before ? words.begin() : words.end(), form.begin(), form.end());
          add_inner(command, words);
          SCOPED_TRACE(shell_join(words));
          const Invocation invocation = parse(words);
          EXPECT_EQ(invocation.command, command.name);
          EXPECT_EQ(invocation.flag(option->name), !option->takes_value());
          if (option->takes_value()) {
            EXPECT_EQ(invocation.option(option->name), "a=b");
          }
          EXPECT_EQ(invocation.flags.size() + invocation.options.size(), 1U);
        }
      }
    }
  }
}

TEST_F(InvocationTest, ValuesTwiceOnlyWhereRepeatable) {
  for (const CommandSpec& command : command_table()) {
    for (const OptionSpec* option : options_of(command)) {
      if (!option->takes_value()) continue;
      const std::string name = "--" + std::string(option->name);
      Words words = calling(command);
      words.insert(words.end(), {name, "one", name, "two"});
      add_inner(command, words);
      SCOPED_TRACE(shell_join(words));
      if (option->repeatable) {
        EXPECT_EQ(parse(words).values(option->name), (Words{"one", "two"}));
      } else {
        EXPECT_EQ(refusal(words).what(), name + " is given 2 times; it takes one value");
      }
    }
  }
}

TEST_F(InvocationTest, EveryExclusionIsRefused) {
  int exclusions = 0;
  for (const CommandSpec& command : command_table()) {
    for (const OptionSpec& option : command.options) {
      if (option.excludes.empty()) continue;
      ++exclusions;
      Words words = calling(command);
      words.push_back("--" + std::string(option.excludes));
      words.push_back("--" + std::string(option.name) + (option.takes_value() ? "=x" : ""));
      EXPECT_EQ(refusal(words).what(), "--" + std::string(option.name) + " and --" +
                                           std::string(option.excludes) + " exclude each other");
    }
  }
  EXPECT_EQ(exclusions, 3 * 2 + 4);
  EXPECT_STREQ(refusal({"--restart", "--reset"}).what(), "--fresh and --reset exclude each other");
}

TEST_F(InvocationTest, NothingIsAttach) {
  const Invocation invocation = parse({});
  EXPECT_EQ(invocation.command, "attach");
  EXPECT_FALSE(invocation.has_inner_command);
  EXPECT_EQ(invocation.positional(0), std::nullopt);
  EXPECT_EQ(invocation.option("container"), std::nullopt);
  EXPECT_TRUE(invocation.values("env").empty());
}

TEST_F(InvocationTest, PathIsAttach) {
  for (const std::string path : {"sources", ".", "..", "./status", "no/such", "/", "~/x"}) {
    const Invocation invocation = parse({"-d", path});
    EXPECT_EQ(invocation.command, "attach");
    EXPECT_EQ(invocation.positional(0), path);
    EXPECT_TRUE(invocation.flag("detach"));
  }
  EXPECT_EQ(parse({"status"}).command, "status");  // though there is a directory of this name
  EXPECT_EQ(parse({"run", "no-such"}).positionals, Words{"no-such"});
}

TEST_F(InvocationTest, UnknownCommandGetsASuggestion) {
  EXPECT_EQ(refusal_text({"stattus"}), "unknown command 'stattus'\ndid you mean 'status'?\nsee `cai help`");
  EXPECT_EQ(refusal_text({"readme"}), "unknown command 'readme'\nsee `cai help`");  // a file
  EXPECT_EQ(refusal_text({""}), "unknown command ''\nsee `cai help`");
  EXPECT_EQ(refusal_text({"-"}), "unknown command '-'\nsee `cai help`");
  EXPECT_EQ(refusal_text({"x\x1b[2J"}),
            "unknown command '" + escape_for_terminal("x\x1b[2J") + "'\nsee `cai help`");
}

TEST_F(InvocationTest, Subcommands) {
  EXPECT_EQ(parse({"--json", "config", "-q", "get", "data_volume"}).positionals, Words{"data_volume"});
  EXPECT_EQ(refusal_text({"config"}),
            "`cai config` needs one of: get, list, set, unset\nsee `cai help config`");
  EXPECT_EQ(refusal_text({"config", "lsit"}),
            "unknown subcommand of `cai config`: 'lsit'\ndid you mean 'list'?\nsee `cai help config`");
  EXPECT_EQ(refusal_text({"config", "get"}),
            "`cai config get` needs KEY\nusage: cai config get [options] KEY\nsee `cai help config get`");
}

TEST_F(InvocationTest, UnknownOptionGetsASuggestion) {
  EXPECT_EQ(refusal_text({"status", "--jsn"}),
            "unknown option '--jsn'\ndid you mean '--json'?\nsee `cai help status`");
  EXPECT_EQ(refusal_text({"--contaner", "web", "status"}),
            "unknown option '--contaner'\ndid you mean '--container'?\nsee `cai help attach`");
  EXPECT_EQ(refusal_text({"--contaner", "web"}),
            "unknown option '--contaner'\ndid you mean '--container'?\nsee `cai help attach`");
  EXPECT_EQ(refusal_text({"--frehs"}),
            "unknown option '--frehs'\ndid you mean '--fresh'?\nsee `cai help attach`");
  EXPECT_EQ(refusal_text({"status", "--fresh"}), "unknown option '--fresh'\nsee `cai help status`");
  EXPECT_EQ(refusal_text({"list", "-x"}), "unknown option '-x'\nsee `cai help list`");
  EXPECT_EQ(refusal_text({"list", "-5"}), "unknown option '-5'\nsee `cai help list`");
  EXPECT_EQ(refusal_text({"list", "-qz"}), "unknown option '-z'\nsee `cai help list`");
  EXPECT_EQ(refusal_text({"list", "---"}), "unknown option '---'\nsee `cai help list`");
  EXPECT_EQ(refusal_text({"list", "-!"}), "unknown option '-!'\nsee `cai help list`");
  EXPECT_EQ(refusal_text({"list", "--\x1b]0;"}),
            "unknown option '" + escape_for_terminal("--\x1b]0;") + "'\nsee `cai help list`");
  EXPECT_EQ(refusal_text({"exec", "ls", "-l"}),
            "unknown option '-l'\noptions of the command inside go after `--`, with the command: "
            "cai exec [N] -- CMD...\nsee `cai help exec`");
}

TEST_F(InvocationTest, ErrorsNeverShowValues) {
  for (const Words& words :
       {Words{"--tokne=hunter2"}, Words{"status", "-xhunter2"}, Words{"--json=hunter2", "list"}}) {
    EXPECT_EQ(refusal_text(words).find("hunter2"), std::string::npos) << refusal_text(words);
  }
}

TEST_F(InvocationTest, MissingValues) {
  for (const Words& words : {Words{"--container"}, Words{"--container="}, Words{"--container", ""},
                             Words{"--container", "--yes"}, Words{"--container", "--", "true"},
                             Words{"--container=", "status"}, Words{"status", "--container"}}) {
    EXPECT_STREQ(refusal(words).what(), "--container needs a value: --container N");
  }
  EXPECT_STREQ(refusal({"-e"}).what(), "--env needs a value: --env K=V");
  EXPECT_STREQ(refusal({"-de"}).what(), "--env needs a value: --env K=V");
  EXPECT_EQ(refusal_text({"list", "--json=yes"}), "--json takes no value\nsee `cai help list`");
}

TEST_F(InvocationTest, ShortOptionsCombine) {
  const Invocation invocation = parse({"-dqe", "A=1", "-eB=2", "-e", "C=-- x"});
  EXPECT_TRUE(invocation.flag("detach"));
  EXPECT_TRUE(invocation.flag("quiet"));
  EXPECT_EQ(invocation.values("env"), (Words{"A=1", "B=2", "C=-- x"}));
  EXPECT_EQ(parse({"log", "-n5"}).option("lines"), "5");
  EXPECT_EQ(parse({"-n", "5", "log"}).option("lines"), "5");
  EXPECT_EQ(parse({"log", "-n", "-5"}).option("lines"), "-5");  // the command says what it thinks of it
  EXPECT_TRUE(parse({"-dd"}).flag("detach"));
}

TEST_F(InvocationTest, OddBytesInValuesAndPositionalsStayAsTheyAre) {
  for (const std::string odd :
       {"[a,b]", "{}", "a,b", "\"q\"", "'", "\xff\xfe", "\n", " ", "++", "%", "a\\nb", "#", "/?"}) {
    SCOPED_TRACE(odd);
    EXPECT_EQ(parse({"-e", odd}).values("env"), Words{odd});
    EXPECT_EQ(parse({"--env=" + odd}).values("env"), Words{odd});
    EXPECT_EQ(parse({"destroy", odd, "--force"}).positionals, Words{odd});
    EXPECT_TRUE(parse({"destroy", odd, "--force"}).flag("force"));
  }
}

TEST_F(InvocationTest, InnerCommandIsKeptByteForByte) {
  const Words inner{"sh", "-c", "", "--", "--help", "-e", "\xff", "a b", "++", "[x]", "--container", "\n"};
  Words words{"exec", "web", "-q", "--"};
  words.insert(words.end(), inner.begin(), inner.end());
  const Invocation invocation = parse(words);
  EXPECT_EQ(invocation.command, "exec");
  EXPECT_EQ(invocation.positionals, Words{"web"});
  EXPECT_TRUE(invocation.has_inner_command);
  EXPECT_EQ(invocation.inner_command, inner);
  EXPECT_EQ(parse({"--", "status"}).command, "attach");
  EXPECT_EQ(parse({"--", "status"}).inner_command, Words{"status"});
}

TEST_F(InvocationTest, InnerCommandOnlyWhereItBelongs) {
  EXPECT_EQ(refusal_text({"status", "--", "x"}),
            "`cai status` takes no command after `--`\nsee `cai help status`");
  EXPECT_EQ(
      refusal_text({"exec", "ls"}),
      "`cai exec` needs a command after `--`\nusage: cai exec [options] [N] -- CMD...\nsee `cai help exec`");
  EXPECT_STREQ(refusal({"exec", "--"}).what(), "`cai exec` needs a command after `--`");
  EXPECT_STREQ(refusal({"--"}).what(), "`cai attach` needs a command after `--`");
}

TEST_F(InvocationTest, TooManyArguments) {
  EXPECT_EQ(refusal_text({"status", "web"}),
            "unexpected argument 'web' for `cai status`\na workspace is named with --container web\n"
            "see `cai help status`");
  EXPECT_EQ(refusal_text({".", "make"}),
            "unexpected argument 'make' for `cai attach`\n"
            "a command to run inside goes after `--`: cai [PATH] [-- CMD...]\nsee `cai help attach`");
  EXPECT_EQ(refusal_text({"list", "a\tb"}),
            "unexpected argument '" + escape_for_terminal("a\tb") + "' for `cai list`\nsee `cai help list`");
  EXPECT_EQ(refusal_text({"destroy"}),
            "`cai destroy` needs N\nusage: cai destroy [options] N\nsee `cai help destroy`");
}

TEST_F(InvocationTest, HelpInEveryForm) {
  const auto help_words = [&](const Words& words) {
    const Invocation invocation = parse(words);
    EXPECT_EQ(invocation.command, "help") << shell_join(words);
    EXPECT_TRUE(invocation.flags.empty());
    return invocation.positionals;
  };
  EXPECT_EQ(help_words({"help"}), Words{});
  EXPECT_EQ(help_words({"--help"}), Words{});
  EXPECT_EQ(help_words({"-h"}), Words{});
  EXPECT_EQ(help_words({"help", "config", "get"}), (Words{"config", "get"}));
  EXPECT_EQ(help_words({"config", "get", "--help"}), (Words{"config", "get"}));
  EXPECT_EQ(help_words({"config", "-h"}), Words{"config"});
  EXPECT_EQ(help_words({"status", "--help", "--bogus"}), Words{"status"});
  EXPECT_EQ(help_words({"destroy", "web", "-h"}), Words{"destroy"});
  EXPECT_EQ(help_words({"exec", "-qh"}), Words{"exec"});
  EXPECT_EQ(help_words({"sources", "--help"}), Words{"attach"});
  EXPECT_EQ(help_words({"stattus", "--help"}), Words{"stattus"});  // refused when it is rendered
  EXPECT_EQ(parse({"--", "--help"}).command, "attach");
}

TEST_F(InvocationTest, VersionInEveryForm) {
  EXPECT_EQ(parse({"--version"}).command, "version");
  EXPECT_EQ(parse({"status", "--version"}).command, "version");
  const Invocation invocation = parse({"version", "--json"});
  EXPECT_EQ(invocation.command, "version");
  EXPECT_TRUE(invocation.flag("json"));
}

}  // namespace
}  // namespace cai
