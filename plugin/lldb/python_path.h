// `script import memmap` after `plugin load`.
#pragma once

#include <string>

namespace memmap {

// The folder that memmap.so lies in.
std::string plugin_folder();

// Puts the Python package beside memmap.so on the path of LLDB's Python; where LLDB's own package
// is not on it, as in Debian's lldb-14, that too. Without Python in this process it does nothing.
void offer_python_package();

}  // namespace memmap
