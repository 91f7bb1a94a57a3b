#include "image/dockerfile.hpp"

#include <gtest/gtest.h>

namespace cai {
namespace {

TEST(Dockerfile, StartsFromTheBaseImage) {
  for (const char* text : {
           "ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\n",
           "ARG BASE_IMAGE=x\nFROM $BASE_IMAGE",
           "arg BASE_IMAGE\nfrom --platform=linux/amd64 \"${BASE_IMAGE}\" as build",
           "ARG A B \\\n BASE_IMAGE=x\nFROM \\\n# comment\n\n  ${BASE_IMAGE:-debian}",
           "\xEF\xBB\xBF# syntax=x\nARG BASE_IMAGE\r\nFROM ${BASE_IMAGE}\r\n",
           "# escape=`\nARG BASE_IMAGE\nFROM `\n${BASE_IMAGE}\n",
           "ARG BASE_IMAGE\nFROM golang AS tools\nFROM ${BASE_IMAGE}\nCOPY --from=tools /x /x\n",
       }) {
    EXPECT_TRUE(read_dockerfile(text).from_base_image) << text;
  }
}

TEST(Dockerfile, DoesNotStartFromTheBaseImage) {
  for (const char* text : {
           "",
           "FROM debian\n",
           "FROM ${BASE_IMAGE}\n",                           // nothing declares it
           "FROM debian\nARG BASE_IMAGE\nFROM $BASE_IMAGE",  // declared inside a stage
           "ARG BASE_IMAGE\nFROM ${BASE_IMAGE_OTHER}\n",
           "ARG BASE_IMAGE_OTHER\nFROM ${BASE_IMAGE}\n",
           "ARG BASE_IMAGE\n# FROM ${BASE_IMAGE}\nFROM debian\n",
       }) {
    EXPECT_FALSE(read_dockerfile(text).from_base_image) << text;
  }
}

TEST(Dockerfile, SystemdIsALabelOfTheLastStage) {
  EXPECT_TRUE(read_dockerfile("FROM a\nLABEL containai.init=systemd").systemd);
  EXPECT_TRUE(read_dockerfile("FROM a\nlabel x=\"a b\" 'containai.init'=\"systemd\" y=z").systemd);
  EXPECT_FALSE(read_dockerfile("FROM a\nLABEL containai.init=systemd\nFROM b").systemd);
  EXPECT_FALSE(read_dockerfile("FROM a\nLABEL x=\"containai.init=systemd is nice\"").systemd);
  EXPECT_FALSE(read_dockerfile("FROM a\nRUN echo LABEL containai.init=systemd").systemd);
}

TEST(Dockerfile, SeesAnEndInTheMiddle) {
  EXPECT_TRUE(read_dockerfile("FROM a \\").ends_in_the_middle);
  EXPECT_TRUE(read_dockerfile("FROM a\nRUN x && \\ \n\n# comment\n").ends_in_the_middle);
  EXPECT_TRUE(read_dockerfile("# escape=`\nFROM a\nRUN x `").ends_in_the_middle);
  EXPECT_FALSE(read_dockerfile("# escape=`\nFROM a\nRUN x \\").ends_in_the_middle);
  EXPECT_FALSE(read_dockerfile("FROM a\nRUN echo \\\\").ends_in_the_middle);
  EXPECT_FALSE(read_dockerfile("FROM a\nRUN x \\\n  y\n").ends_in_the_middle);
  EXPECT_FALSE(read_dockerfile("FROM a\n# comment \\").ends_in_the_middle);
  EXPECT_FALSE(read_dockerfile("").has_stage);
}

}  // namespace
}  // namespace cai
