"""Hot regions of guest code as machine code, by way of LLVM."""
