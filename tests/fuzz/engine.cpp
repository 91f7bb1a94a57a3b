// What an engine, or whatever answers in its place, sends: HTTP, its streams, its JSON.
#include <exception>

#include "engine/container_list.hpp"
#include "engine/response_parser.hpp"
#include "engine/streams.hpp"
#include "engine/translate.hpp"
#include "fuzz/target.hpp"

using namespace cai;
using namespace cai::fuzz;

namespace {

void read_json(std::string_view text) {
  engine_message(text);
  accepted([&] { containers_from(std::string(text)); });
  const Json value = parse_json(text);
  if (value.is_discarded()) return;
  accepted([&] { information_from(value, false); });
  accepted([&] { container_from(value); });
  accepted([&] { volume_from(value); });
  accepted([&] { image_from(value); });
  accepted([&] { image_from_entry(value); });
  accepted([&] { network_from(value); });
  accepted([&] { disk_usage_from(value); });
  accepted([&] { statistics_from(value); });
  dump_json(value);
}

/// The answer, read whole or in pieces: the same.
std::string read_http(std::string_view text, std::size_t piece, ResponseParser::Mode mode) {
  ResponseParser parser(mode);
  std::string body;
  for (std::size_t at = 0; at < text.size(); at += piece) {
    if (!parser.feed(text.substr(at, piece))) return "refused";
    body += parser.take_body();
  }
  return body + (parser.feed_end() ? " complete " : " cut ") + std::to_string(parser.status());
}

std::string read_frames(std::string_view text, std::size_t piece) {
  FrameDecoder decoder;
  std::string all;
  accepted([&] {
    for (std::size_t at = 0; at < text.size(); at += piece) {
      decoder.feed(text.substr(at, piece), [&](OutputStream, std::string_view bytes) { all += bytes; });
    }
  });
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = text_of(data, size);
  read_json(text);
  const auto header_end = text.find("\r\n\r\n");
  if (header_end != text.npos) read_json(text.substr(header_end + 4));
  for (const auto mode :
       {ResponseParser::Mode::ordinary, ResponseParser::Mode::head, ResponseParser::Mode::upgrade}) {
    require(read_http(text, size + 1, mode) == read_http(text, 7, mode),
            "an answer in pieces is the same answer");
  }
  require(read_frames(text, size + 1) == read_frames(text, 3), "frames in pieces are the same frames");
  accepted([&] {
    JsonObjectSplitter splitter;
    splitter.feed(text.substr(0, size / 2), [](const Json& value) { dump_json(value); });
    splitter.feed(text.substr(size / 2), [](const Json& value) { dump_json(value); });
  });
  return 0;
}
