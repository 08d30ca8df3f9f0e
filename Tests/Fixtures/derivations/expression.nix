let
  f = derivation { name = "f1"; system = "x86_64-linux"; builder = "/bin/sh"; outputHash = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="; outputHashMode = "recursive"; };
  fmd5 = derivation { name = "f2.tar"; system = "x86_64-linux"; builder = "builtin:fetchurl"; outputHashAlgo = "md5"; outputHash = "d41d8cd98f00b204e9800998ecf8427e"; };
  fsha1r = derivation { name = "f3.tar"; system = "x86_64-linux"; builder = "builtin:fetchurl"; outputHashAlgo = "sha1"; outputHashMode="recursive"; outputHash = "da39a3ee5e6b4b0d3255bfef95601890afd80709"; };
  a = derivation { name = "a"; system = "x86_64-linux"; builder = "/bin/sh"; outputs = ["out" "dev" "zz"]; args = ["-c" "q\"b\\n\nr\rt\tend" "é €"]; inherit f fmd5 fsha1r; ctl = builtins.fromJSON "\"a\\u0001\\u001f\\u007fb/\\u0008\\u000c\""; empty=""; };
  s = derivation { name = "s"; system = "x86_64-linux"; builder = "/bin/sh"; __structuredAttrs = true; outputs = ["out" "lib"]; x = {a=1; b=[1.5 null true "é\n" 1.0e30]; c = {}; d = [];}; inherit a; dev = a.dev; };
in derivation { name = "top"; system = "x86_64-linux"; builder = "/bin/sh"; inherit a s; lib = s.lib; src = builtins.toFile "src" "hi"; drvs = a.drvPath; }
