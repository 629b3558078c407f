// Field numbers are those of profile.proto; ids start at 1.
#include "export/pprof.h"

#include "base/text.h"

namespace memmap {

// Strings are mentioned by number; 0 is the empty one.
std::int64_t PprofWriter::number(std::string_view text) {
  std::string clean;
  append_utf8(clean, text);
  const auto [at, fresh] = numbers_.try_emplace(clean, static_cast<std::int64_t>(strings_.size()));
  if (fresh) strings_.push_back(&at->first);
  return at->second;
}

void PprofWriter::sample_type(std::string_view type, std::string_view unit) {
  Message value(message_, 1);
  value.add_int64(1, number(type));
  value.add_int64(2, number(unit));
  if (default_type_ == 0) default_type_ = number(type);
}

// has_functions and the like: nobody need look for symbols.
PprofWriter::Id PprofWriter::mapping(AddressRange range, std::uint64_t file_offset, std::string_view file) {
  Message message(message_, 3);
  message.add_uint64(1, ++mappings_);
  message.add_uint64(2, range.begin.value());
  message.add_uint64(3, range.end.value());
  message.add_uint64(4, file_offset);
  message.add_int64(5, number(file));
  for (const protozero::pbf_tag_type has : {7U, 8U, 9U, 10U}) message.add_bool(has, true);
  return mappings_;
}

PprofWriter::Id PprofWriter::function(std::string_view name, std::string_view file) {
  std::string what;
  Message about(what);
  about.add_int64(2, number(name));
  about.add_int64(3, number(name));
  if (!file.empty()) about.add_int64(4, number(file));
  const auto [at, fresh] = functions_.try_emplace(what, functions_.size() + 1);
  if (fresh) {
    Message(what).add_uint64(1, at->second);
    message_.add_message(5, what);
  }
  return at->second;
}

PprofWriter::Id PprofWriter::location(Id mapping, Address address, std::span<const Line> lines) {
  std::string what;
  Message about(what);
  if (mapping != 0) about.add_uint64(2, mapping);
  about.add_uint64(3, address.value());
  for (const Line& line : lines) {
    const Id in = function(line.function, line.file);
    Message place(about, 4);
    place.add_uint64(1, in);
    if (line.line != 0) place.add_int64(2, line.line);
  }
  const auto [at, fresh] = locations_.try_emplace(what, locations_.size() + 1);
  if (fresh) {
    Message(what).add_uint64(1, at->second);
    message_.add_message(4, what);
  }
  return at->second;
}

void PprofWriter::sample(std::span<const Id> stack, std::span<const std::int64_t> values,
                         std::initializer_list<Label> labels) {
  Message message(message_, 2);
  message.add_packed_uint64(1, stack.begin(), stack.end());
  message.add_packed_int64(2, values.begin(), values.end());
  for (const Label& label : labels) {
    if (label.text.empty()) continue;
    Message pair(message, 3);
    pair.add_int64(1, number(label.key));
    pair.add_int64(2, number(label.text));
  }
}

void PprofWriter::comment(std::string_view text) { message_.add_int64(13, number(text)); }

std::string PprofWriter::finish() {
  message_.add_int64(14, default_type_);
  for (const std::string* text : strings_) message_.add_string(6, *text);
  return std::move(text_);
}

}  // namespace memmap
