# Writes OUTPUT: a header with the hash of the core's headers and of the compiler. Two files that
# were built with the same stamp may hand each other the core's objects.
#   cmake -DFOLDER=plugin/core -DCOMPILER=… -DOUTPUT=… -P stamp.cmake
cmake_minimum_required(VERSION 3.20)
file(GLOB_RECURSE HEADERS ${FOLDER}/*.h ${FOLDER}/*.def)
list(SORT HEADERS)
set(ALL "${COMPILER}")
foreach(header ${HEADERS})
  file(SHA256 ${header} hash)
  string(APPEND ALL ${hash})
endforeach()
string(SHA256 STAMP "${ALL}")
file(CONFIGURE OUTPUT ${OUTPUT} CONTENT "#pragma once\n#define MEMMAP_STAMP \"@STAMP@\"\n" @ONLY)
