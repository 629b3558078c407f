// memmap.so is not linked against Python. An LLDB with Python has it in the process, and its
// PyRun_SimpleString is all it takes.
#include "lldb/python_path.h"

#include <dlfcn.h>
#include <lldb/API/LLDB.h>

#include <cstring>
#include <filesystem>
#include <string_view>

#include <fmt/format.h>

#include "lldb/sb_text.h"

namespace memmap {
namespace {

// Debian's lldb-14 looks for its package in a folder that does not exist, complains at its start
// and has no `script`. What its start could not import is imported here.
constexpr std::string_view kScript = R"(
def _memmap_offer(built, installed, liblldb, major):
    import glob, importlib, os, sys
    if os.path.isdir(built + "/memmap"):
        if built not in sys.path:
            sys.path.insert(0, built)  # it holds nothing else; memmap.so in the working folder is no module
    elif os.path.isdir(installed + "/memmap") and installed not in sys.path:
        sys.path.append(installed)
    try:
        import lldb.embedded_interpreter
        return
    except ImportError:
        pass
    place = os.path.dirname(liblldb)
    found = [path for base in (place, place + "/..") for path in
             glob.glob(base + "/llvm-" + major + "/lib/python3*/*-packages/lldb/embedded_interpreter.py")]
    if not found:
        return
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(found[0]))))
    for name in [name for name in sys.modules if name == "lldb" or name.startswith("lldb.")]:
        del sys.modules[name]
    importlib.invalidate_caches()
    main = sys.modules["__main__"].__dict__
    exec("import lldb.embedded_interpreter; from lldb.embedded_interpreter import run_python_interpreter, run_one_line",
         main)
    for name, value in list(main.items()):
        if isinstance(value, dict) and not name.startswith("__"):  # LLDB's session dictionaries
            exec("import copy, keyword, os, re, sys, uuid, lldb", value)
try:
    _memmap_offer({}, {}, {}, {})
except Exception as error:
    print("memmap: LLDB's Python cannot be used:", error)
del _memmap_offer
)";

// As a Python expression, whatever bytes are in it.
std::string literal(std::string_view text) {
  std::string digits;
  for (const char byte : text) digits += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return fmt::format("bytes.fromhex('{}').decode('utf-8', 'surrogateescape')", digits);
}

std::string file_of(const void* address) {
  Dl_info object{};
  if (dladdr(address, &object) == 0 || object.dli_fname == nullptr) return {};
  std::error_code ignored;
  const std::filesystem::path path = std::filesystem::canonical(object.dli_fname, ignored);
  return path.string();
}

// "lldb version 14.0.6" → "14"
std::string major_release() {
  const std::string version = text_of(lldb::SBDebugger::GetVersionString());
  const std::size_t digits = version.find_first_of("0123456789");
  if (digits == std::string::npos) return {};
  return version.substr(digits, version.find('.', digits) - digits);
}

template <class Function>
Function* function_named(const char* name) {
  void* symbol = dlsym(RTLD_DEFAULT, name);
  Function* function = nullptr;
  std::memcpy(&function, &symbol, sizeof symbol);
  return function;
}

}  // namespace

std::string plugin_folder() {
  static const char here = 0;
  return std::filesystem::path(file_of(&here)).parent_path().string();
}

void offer_python_package() {
  auto* const is_initialized = function_named<int()>("Py_IsInitialized");
  auto* const ensure = function_named<int()>("PyGILState_Ensure");
  auto* const release = function_named<void(int)>("PyGILState_Release");
  auto* const run = function_named<int(const char*)>("PyRun_SimpleString");
  if (is_initialized == nullptr || ensure == nullptr || release == nullptr || run == nullptr) return;
  if (is_initialized() == 0) return;

  const std::filesystem::path here = plugin_folder();
  // In the build tree python/memmap lies beside memmap.so; installed, memmap.so lies in the
  // package.
  const std::string built = literal((here / "python").string());
  const std::string installed = literal(here.parent_path().parent_path().string());
  const std::string liblldb = file_of(dlsym(RTLD_DEFAULT, "_ZN4lldb10SBDebugger16GetVersionStringEv"));
  const std::string script(kScript);
  const int held = ensure();
  run(fmt::format(fmt::runtime(script), built, installed, literal(liblldb), literal(major_release())).c_str());
  release(held);
}

}  // namespace memmap
