#include "export/page.h"

#include <bit>
#include <cstring>

#include "base/text.h"
#include "export/gzip.h"
#include "export/page_parts.h"

namespace memmap {
namespace {

static_assert(std::endian::native == std::endian::little, "columns are written as they lie here");

template <class T>
void append_column(const auto& rows, T NodeColumns::Row::*member, std::string& out) {
  for (const NodeColumns::Row& row : rows) {
    char bytes[sizeof(T)];
    std::memcpy(bytes, &(row.*member), sizeof(T));
    out.append(bytes, sizeof(T));
  }
}

void append_base64(std::string_view bytes, std::string& out) {
  static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const auto byte = [&](std::size_t at) -> std::uint32_t {
    return at < bytes.size() ? static_cast<unsigned char>(bytes[at]) : 0U;
  };
  out.reserve(out.size() + (bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::uint32_t three = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
    const std::size_t digits = std::min<std::size_t>(bytes.size() - i, 3) + 1;
    for (std::size_t digit = 0; digit < 4; ++digit)
      out += digit < digits ? kDigits[three >> (18 - 6 * digit) & 63] : '=';
  }
}

// JSON inside a script element: "</script>" and "<!--" would end it or worse.
void append_in_script(std::string_view json, std::string& out) {
  for (const char c : json) {
    if (c == '<')
      out += "\\u003c";
    else
      out += c;
  }
}

void append_in_html(std::string_view text, std::string& out) {
  for (const char c : printable(text)) {
    if (c == '<')
      out += "&lt;";
    else if (c == '&')
      out += "&amp;";
    else
      out += c;
  }
}

}  // namespace

std::uint32_t NodeColumns::text_number(const std::string& text) {
  if (text.empty()) return 0;
  const auto [at, fresh] = numbers_.try_emplace(text, static_cast<std::uint32_t>(numbers_.size() + 1));
  if (fresh) texts_ += printable(text) + '\n';
  return at->second;
}

std::string NodeColumns::bytes() const {
  std::string out;
  out.reserve(rows_.size() * sizeof(Row) + texts_.size());
  append_column(rows_, &Row::begin, out);
  append_column(rows_, &Row::size, out);
  append_column(rows_, &Row::resident, out);
  append_column(rows_, &Row::detail, out);
  append_column(rows_, &Row::index, out);
  append_column(rows_, &Row::kind, out);
  append_column(rows_, &Row::depth, out);
  append_column(rows_, &Row::path, out);
  append_column(rows_, &Row::confidence, out);
  return out + texts_;
}

void write_page(const Page& page, Writer& writer) {
  std::string& out = writer.text();
  out += "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>";
  append_in_html(page.title, out);
  out += "</title>\n";
  for (const std::string_view part : kPageHead) out += part;
  out += "<script type=\"application/json\" id=\"facts\">";
  append_in_script(page.facts, out);
  out += "</script>\n";
  for (const std::string& columns : page.columns) {
    out += "<script type=\"text/plain\" class=\"columns\">";
    append_base64(gzip(columns), out);
    out += "</script>\n";
    if (!writer.go_on()) return;
  }
  for (const std::string_view part : kPageScripts) out += part;
  out += "</body>\n</html>\n";
}

}  // namespace memmap
