# cmake -DPAGE=… -DLIBRARY=… -DLICENCE=… -DOUTPUT=… -P embed.cmake: page_parts.cpp from the files of
# this folder and from d3-hierarchy, whose licence goes with it. One literal a file: compilers
# promise no more than 64 KiB for one.
cmake_minimum_required(VERSION 3.20)

function(literal name before file after)
  file(READ "${file}" text)
  set(${name} "R\"memmap-page(${before}${text}${after})memmap-page\",\n" PARENT_SCOPE)
endfunction()

literal(style "<style>\n" "${PAGE}/page.css" "</style>\n</head>\n")
literal(body "" "${PAGE}/body.html" "")
set(head "${style}${body}")

literal(licence "<script>\n/* d3-hierarchy\n\n" "${LICENCE}" "*/\n")
literal(library "" "${LIBRARY}" "\n</script>\n")
set(scripts "${licence}${library}R\"memmap-page(<script>\n'use strict';\n)memmap-page\",\n")
foreach(name format data model tooltip search strip navigator treemap tables difference ledger main)
  literal(script "" "${PAGE}/${name}.js" "\n")
  string(APPEND scripts "${script}")
endforeach()
string(APPEND scripts "R\"memmap-page(</script>\n)memmap-page\",\n")

file(WRITE "${OUTPUT}" "#include \"export/page_parts.h\"

namespace memmap {
namespace {

constexpr std::string_view kHeadParts[] = {
${head}};

constexpr std::string_view kScriptParts[] = {
${scripts}};

}  // namespace

const std::span<const std::string_view> kPageHead = kHeadParts;
const std::span<const std::string_view> kPageScripts = kScriptParts;

}  // namespace memmap
")
