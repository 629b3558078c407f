// profile.proto of github.com/google/pprof. Field numbers are that file's; ids start at 1.
#include <protozero/pbf_writer.hpp>

#include <map>
#include <unordered_map>

#include "base/text.h"
#include "export/gzip.h"
#include "export/stack_profile.h"

namespace memmap {
namespace {

using Message = protozero::pbf_writer;

// Strings that are mentioned by number; 0 is the empty one.
class Strings {
 public:
  std::int64_t number(std::string_view text) {
    std::string clean;
    append_utf8(clean, text);
    const auto [at, fresh] = numbers_.try_emplace(clean, static_cast<std::int64_t>(order_.size()));
    if (fresh) order_.push_back(&at->first);
    return at->second;
  }
  void write(Message& profile) const {
    for (const std::string* text : order_) profile.add_string(6, *text);
  }

  Strings() { number(""); }
  Strings(const Strings&) = delete;
  Strings& operator=(const Strings&) = delete;

 private:
  std::unordered_map<std::string, std::int64_t> numbers_;  // its keys do not move
  std::vector<const std::string*> order_;
};

class Pprof {
 public:
  explicit Pprof(const StackProfile& profile) : profile_(profile) {}

  std::string run() {
    sample_type("virtual", "bytes");
    if (profile_.residency_known) sample_type("resident", "bytes");
    sample_type("count", "count");
    for (const StackProfile::Sample& sample : profile_.samples) add(sample);
    for (const auto& [key, id] : locations_) add_location(id, key.first, key.second);
    for (const auto& [name, id] : functions_) add_function(id, name);
    for (std::size_t i = 0; i < profile_.places.size(); ++i) add_mapping(i);
    for (const std::string& comment : profile_.comments)
      message_.add_int64(13, strings_.number(comment));
    message_.add_int64(14, strings_.number("virtual"));  // default_sample_type
    strings_.write(message_);
    return std::move(text_);
  }

 private:
  void sample_type(std::string_view type, std::string_view unit) {
    Message value(message_, 1);
    value.add_int64(1, strings_.number(type));
    value.add_int64(2, strings_.number(unit));
  }

  std::uint64_t location(std::size_t place, std::string_view frame) {
    const std::uint64_t function =
        functions_.try_emplace(frame, functions_.size() + 1).first->second;
    return locations_.try_emplace({place, function}, locations_.size() + 1).first->second;
  }

  void label(Message& sample, std::string_view key, std::string_view text) {
    if (text.empty()) return;
    Message label(sample, 3);
    label.add_int64(1, strings_.number(key));
    label.add_int64(2, strings_.number(text));
  }

  void add(const StackProfile::Sample& sample) {
    std::vector<std::uint64_t> stack;  // innermost first
    for (std::size_t i = sample.frames.size(); i-- > 0;)
      stack.push_back(location(sample.place, sample.frames[i]));
    stack.push_back(location(sample.place, profile_.place_names[sample.place]));
    std::vector<std::int64_t> values = {static_cast<std::int64_t>(sample.bytes)};
    if (profile_.residency_known) values.push_back(static_cast<std::int64_t>(sample.resident));
    values.push_back(static_cast<std::int64_t>(sample.count));

    Message message(message_, 2);
    message.add_packed_uint64(1, stack.begin(), stack.end());
    message.add_packed_int64(2, values.begin(), values.end());
    label(message, "kind", sample.kind);
    label(message, "counter", sample.counter);
    label(message, "permissions", profile_.permissions[sample.place]);
  }

  void add_location(std::uint64_t id, std::size_t place, std::uint64_t function) {
    Message message(message_, 4);
    message.add_uint64(1, id);
    message.add_uint64(2, place + 1);
    message.add_uint64(3, profile_.places[place].range.begin.value());
    Message line(message, 4);
    line.add_uint64(1, function);
  }

  void add_function(std::uint64_t id, std::string_view name) {
    Message message(message_, 5);
    message.add_uint64(1, id);
    message.add_int64(2, strings_.number(name));
    message.add_int64(3, strings_.number(name));
  }

  // has_functions and the like: nobody need look for symbols.
  void add_mapping(std::size_t place) {
    const StackProfile::Place& mapping = profile_.places[place];
    Message message(message_, 3);
    message.add_uint64(1, place + 1);
    message.add_uint64(2, mapping.range.begin.value());
    message.add_uint64(3, mapping.range.end.value());
    message.add_uint64(4, mapping.file_offset);
    message.add_int64(5, strings_.number(mapping.file));
    for (const protozero::pbf_tag_type has : {7U, 8U, 9U, 10U}) message.add_bool(has, true);
  }

  const StackProfile& profile_;
  Strings strings_;
  std::string text_;
  Message message_{text_};
  std::map<std::string_view, std::uint64_t> functions_;
  std::map<std::pair<std::size_t, std::uint64_t>, std::uint64_t> locations_;
};

}  // namespace

void write_pprof(const StackProfile& profile, Writer& writer) {
  writer.text() += gzip(Pprof(profile).run());
}

}  // namespace memmap
