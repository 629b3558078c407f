// Makes the lldb:: names of the process visible to this plugin. The lldb program loads liblldb
// globally and nothing needs to be done; Python's `import lldb` loads it privately, and without
// this the first call would end the process with "symbol lookup error".
#include <dlfcn.h>
#include <link.h>

#include <string_view>

namespace {

bool is_liblldb(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);  // npos + 1 is 0
  return name.starts_with("liblldb.") || name.starts_with("liblldb-") || name.starts_with("_lldb.");
}

int promote_one(dl_phdr_info* object, std::size_t, void*) {
  if (object->dlpi_name == nullptr || !is_liblldb(object->dlpi_name)) return 0;
  // The handle is never closed: the library stays as long as its debugger.
  return dlopen(object->dlpi_name, RTLD_LAZY | RTLD_NOLOAD | RTLD_GLOBAL) != nullptr ? 1 : 0;
}

__attribute__((constructor)) void promote_liblldb() {
  if (dlsym(RTLD_DEFAULT, "_ZN4lldb10SBDebuggerD1Ev") != nullptr) return;
  dl_iterate_phdr(promote_one, nullptr);
}

}  // namespace
