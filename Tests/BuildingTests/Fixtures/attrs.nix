let userland = builtins.path { path = ./userland; name = "static-userland"; };
in derivation {
  name = "attrs-1.0"; system = "x86_64-linux"; __structuredAttrs = true;
  builder = "${userland}/bin/bash";
  args = [ "-c" "export PATH=${userland}/bin; . ./.attrs.sh; mkdir -p \${outputs[out]}; cp .attrs.json \${outputs[out]}/json; cp .attrs.sh \${outputs[out]}/sh; env -0 | sort -z | tr '\\0' '\\n' > \${outputs[out]}/env; ls -la > \${outputs[out]}/ls; : > \${outputs[dev]}; : > \${outputs[lib]}" ];
  outputs = [ "out" "dev" "lib" ];
  ints = [ 0 (-1) 2147483647 2147483648 (-2147483649) 4294967296 9223372036854775807 (-9223372036854775807) ];
  int0 = 0; int1 = -1; int2 = 2147483648; int3 = 9223372036854775807;
  f0 = 1.0; f1 = 0.5; f2 = 1.0e10; f3 = 1.0e100; f4 = 1.0e-5; f5 = 123456.789; f6 = 0.0001; f7 = 1.0e15; f8 = 1.0e16; f9 = -2.5; f10 = 16777217.5; f11 = 0.1; f12 = 100000.0; f13 = 3.0e-7; f14=1.5e300; f15 = 0.0;
  fs = [ 1.0 2.0 1.5 ]; fw = [ 1.0 2.0 ];
  text = "a'b\"c\\d\n\t\r$x`y`"; unicode = "é ü 日本 \u{1F600}"; empty = ""; "not-a-var" = 1; "_ok" = true; "9no" = 2; "a b" = 3;
  t = true; f = false; n = null; emptyList = []; emptySet = {}; set = { a = 1; "b'c" = "x y"; d = null; e = true; g = false; }; deep = { a = [ 1 ]; }; mixed = [ 1 "a" true null false ]; nested = [ [ 1 ] ];
  place = builtins.placeholder "out"; places = [ (builtins.placeholder "dev") ]; control = builtins.fromJSON ''"\u0001\u001f\u007f\u0008\u000c"'';
  big = builtins.fromJSON "12345678901234567890"; 
  outputChecks.out.maxSize = 100000;
}
