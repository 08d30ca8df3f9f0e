# What NixComparisonTests builds with nix and with Quorate. The tools are the host's, shown by `sandbox-paths`.
let
  mk = name: script: extra: derivation ({
    inherit name;
    system = "x86_64-linux";
    builder = "/bin/sh";
    args = [ "-ec" script "argument of ${name}" ];
    PATH = "/bin:/usr/bin";
  } // extra);
  hash = builtins.hashString;
in rec {
  plain = mk "plain-1.0" ''mkdir $out; echo "$0 $out" > $out/self; ln -s self "$out/a link"; : > $out/empty; mkdir $out/none'' { };
  variables = mk "variables" ''env | grep -v -e ^_= -e SHLVL -e OLDPWD | sort > $out; pwd >> $out; umask >> $out; id >> $out; hostname >> $out; cat /etc/passwd /etc/group /etc/hosts >> $out; ulimit -a >> $out'' { number = 3; list = [ 1 "x y" ]; yes = true; lines = "a\nb"; };
  modes = mk "modes" ''mkdir $out; for m in 000 400 444 555 600 640 700 755 711; do echo $m > $out/$m; chmod $m $out/$m; done; ln $out/444 $out/hard; mkdir $out/d; chmod 700 $out/d'' { };
  multi = mk "multi" ''mkdir $out $dev; echo $out > $dev/x; echo doc > $doc'' { outputs = [ "doc" "out" "dev" ]; };
  chain = mk "chain" ''cat ${multi.dev}/x > $out; echo ${multi.doc} >> $out; cat ${flat} >> $out'' { };
  flat = mk "flat" ''echo flat > $out'' { outputHashMode = "flat"; outputHashAlgo = "sha256"; outputHash = hash "sha256" "flat\n"; };
  sha512 = mk "sha512" ''echo $NIX_OUTPUT_CHECKED > $out'' { outputHashMode = "flat"; outputHashAlgo = "sha512"; outputHash = hash "sha512" "1\n"; };
  md5 = mk "md5" ''echo md5 > $out'' { outputHashAlgo = "md5"; outputHash = hash "md5" "md5\n"; };
  file = mk "file" ''cat $textPath graph > $out; basename $textPath >> $out; stat -c '%a %u %g' $textPath graph . >> $out'' { passAsFile = [ "text" ]; text = "long\ntext"; exportReferencesGraph = [ "graph" chain ]; };
  structured = derivation {
    name = "structured"; system = "x86_64-linux"; builder = "/bin/bash"; __structuredAttrs = true; outputs = [ "out" "lib" ];
    args = [ "-ec" ". ./.attrs.sh; PATH=/bin:/usr/bin; mkdir \${outputs[out]}; cp .attrs.json .attrs.sh \${outputs[out]}; env | cut -d= -f1 | sort > \${outputs[lib]}" ];
    text = "it's"; numbers = [ 1 2.5 (-3) ]; set = { a = 1; b = { c = null; }; }; exportReferencesGraph.graph = [ chain plain ];
    outputChecks.lib = { maxSize = 1000; allowedReferences = [ ]; }; me = builtins.placeholder "out";
  };
  thirtyTwo = mk "thirty-two" ''uname -m > $out'' { system = "i686-linux"; };
  kernel = mk "kernel" ''cat /proc/self/personality > $out || true; ls / /dev >> $out; [ -t 1 ] && echo terminal >> $out; cat /proc/self/status | grep -e Cap -e NoNew -e Groups >> $out'' { };
  good = mk "good" ''echo ${plain} > $out'' { allowedReferences = [ plain ]; disallowedRequisites = [ multi ]; };
  # These fail.
  exits = mk "exits" ''echo trouble; exit 3'' { };
  noout = mk "noout" ''true'' { };
  wrong = mk "wrong" ''echo wrong > $out'' { outputHashMode = "flat"; outputHashAlgo = "sha256"; outputHash = hash "sha256" "right\n"; };
  notFlat = mk "not-flat" ''mkdir $out'' { outputHashMode = "flat"; outputHashAlgo = "sha256"; outputHash = hash "sha256" "x"; };
  bad = mk "bad" ''echo ${plain} > $out'' { allowedReferences = [ ]; };
  requisites = mk "requisites" ''echo ${chain} > $out'' { disallowedRequisites = [ multi.doc ]; };
  writable = mk "writable" ''mkdir $out; chmod 777 $out'' { };
  cycle = mk "cycle" ''echo $b > $a; echo $a > $b'' { outputs = [ "a" "b" ]; };
  oddGraph = mk "odd-graph" ''echo > $out'' { exportReferencesGraph = [ "graph" ]; };
  setuid = mk "setuid" ''mkdir $out; : > $out/f; chmod 4755 $out/f'' { };
  tooLarge = derivation { name = "too-large"; system = "x86_64-linux"; builder = "/bin/bash"; __structuredAttrs = true; args = [ "-ec" ". ./.attrs.sh; echo > \${outputs[out]}" ]; outputChecks.out.maxSize = 10; };
}
