# What RandomComparisonTests builds with nix and with Quorate: never twice the same by nature.
let
  mk = name: script: extra: derivation ({
    inherit name;
    system = "x86_64-linux";
    builder = "/bin/sh";
    args = [ "-ec" script ];
    PATH = "/bin:/usr/bin";
  } // extra);
in {
  timestamp = mk "timestamp" ''mkdir $out; date +%s.%N > $out/stamp; seq 1 100 > $out/stable'' { };
  randorder = mk "randorder" ''
    mkdir $out w; for i in $(seq 1 40); do echo $i > w/f$i; touch -d @1 w/f$i; done
    ls w | shuf > order; cp order $out/list; cd w; tar cf $out/files.tar $(cat ../order)
  '' { };
  tarmtime = mk "tarmtime" ''
    mkdir $out w; for i in $(seq 1 40); do seq $i 400 > w/f$i; done; tar cf - --sort=name w | gzip > $out/w.tar.gz
  '' { };
  multibad = mk "multibad" ''mkdir $out $doc; seq 1 10 > $out/a; date +%s.%N > $doc/built-at'' { outputs = [ "out" "doc" ]; };
  envdump = mk "envdump" ''
    { env | sort; pwd; id; uname -a; hostname; ls -la / /dev /dev/pts /etc /proc/self/fd /build /nix /tmp
      stat -c '%A %u %g %n' /nix/store /dev/shm; cat /etc/passwd /etc/group /etc/hosts
      grep -E '^(Uid|Gid|Groups|Cap|NoNewPrivs|Seccomp)' /proc/self/status; ulimit -a; umask
      for path in / /etc /etc/passwd /tmp /build /nix/store /dev /dev/shm; do [ -w $path ] && echo may write $path || echo may not write $path; done
      echo '--- mounts'; cat /proc/mounts; echo '--- end'; } > $out 2>&1
  '' { };
} // (if !builtins.pathExists /usr/bin/gcc then { } else {
  cstamp = mk "cstamp" ''
    mkdir -p $out/bin; number=$(od -An -tx8 -N8 /dev/urandom)
    cat > m.c <<C
    #include <stdio.h>
    int main(void) { puts("<<" __DATE__ " " __TIME__ " $number>>"); return 0; }
    C
    gcc -g -Wl,--build-id -o $out/bin/cstamp m.c; $out/bin/cstamp
  '' { };
})
