# What is installed, by `pip install .` (scikit-build-core) and by cpack: one Python package, in it
# the module, both debuggers' front ends and, in folder native, the plugin and the command.
set(MEMMAP_PACKAGE_DIR lib/python3/dist-packages/memmap CACHE STRING "where the package goes, below the prefix")
install(TARGETS memmap_python LIBRARY DESTINATION ${MEMMAP_PACKAGE_DIR})
install(TARGETS memmap_lldb LIBRARY DESTINATION ${MEMMAP_PACKAGE_DIR}/native)
install(TARGETS memmap_cli RUNTIME DESTINATION ${MEMMAP_PACKAGE_DIR}/native)
if(SKBUILD)
  return()  # it takes the .py files itself, and the command is an entry point
endif()

install(DIRECTORY plugin/python/memmap/ DESTINATION ${MEMMAP_PACKAGE_DIR}
        FILES_MATCHING PATTERN "*.py" PATTERN "*.pyi" PATTERN "py.typed" PATTERN "__pycache__" EXCLUDE)
install(CODE "file(MAKE_DIRECTORY \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/bin\")
  file(CREATE_LINK ../${MEMMAP_PACKAGE_DIR}/native/memmap \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/bin/memmap\" SYMBOLIC)")
install(FILES LICENSE DESTINATION share/doc/memmap RENAME copyright)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME memmap)
set(CPACK_PACKAGE_CONTACT "memmap maintainers")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "explains every mapped byte of a Go process")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# The module is for one minor release of Python.
math(EXPR NEXT_MINOR "${MEMMAP_PYTHON_MINOR} + 1")
set(CPACK_DEBIAN_PACKAGE_DEPENDS "python3 (>= 3.${MEMMAP_PYTHON_MINOR}~), python3 (<< 3.${NEXT_MINOR}~)")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "lldb | gdb")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "python3-numpy, python3-pandas")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${CMAKE_SOURCE_DIR}/cmake/debian/postinst ${CMAKE_SOURCE_DIR}/cmake/debian/prerm)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
include(CPack)
