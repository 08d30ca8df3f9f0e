# A set of small packages that stands on nothing but a static userland and Debian's C compiler (see prepare-inputs).
#
#   nix-build Examples --argstr inputs FOLDER -A everyday
#
# Most of it is the same wherever it is built. Some of it differs by nature, as a part of the real world does, and the
# comment says why. `quorate try` has three builders build it and asks which outputs they agree on.
{
  # The folder that prepare-inputs filled, as an absolute path.
  inputs,
  system ? builtins.currentSystem,
}:
let
  # Sources. Their store paths follow from their content, so they need nobody's vote.
  userland = builtins.path { path = /. + inputs + "/userland"; name = "userland"; };
  toolchain = builtins.path { path = /. + inputs + "/toolchain"; name = "toolchain"; };
  source = name: builtins.path { path = ./sources + "/${name}"; inherit name; };
  triple = builtins.replaceStrings [ "\n" ] [ "" ] (builtins.readFile (/. + inputs + "/toolchain/triple"));

  # One package: a name and a shell script that fills $out.
  package = name: script: extra: derivation ({
    inherit name system;
    builder = "${userland}/bin/bash";
    args = [ "-euc" script ];
    PATH = "${userland}/bin";
  } // extra);

  # One package whose script may call `cc`.
  compiled = name: script: extra: package name script ({ PATH = "${compiler}/bin:${userland}/bin"; } // extra);

  # A fixed output: the hash says beforehand what must come out, however it is made.
  fixed = name: mode: algorithm: hash: script: package name script {
    outputHashMode = mode;
    outputHashAlgo = algorithm;
    outputHash = hash;
  };

  # ------------------------------------------------------------------------------------------------ the C compiler

  # The C library that compiled programs run with: a few files of the toolchain, so that no program needs all of it.
  libc = package "libc-1.0" ''
    mkdir -p $out/lib
    for file in $toolchain/usr/lib/ld-linux* $toolchain/usr/lib/*/libc.so.6 $toolchain/usr/lib/*/libm.so.6; do
      cp $file $out/lib/
    done
    loader=$(echo $out/lib/ld-linux*)
    ln -s ''${loader##*/} $out/lib/loader
  '' { inherit toolchain; };

  # Debian's gcc expects its interpreter in /lib64, which no sandbox has: each of its programs gets a small script
  # that starts it through the loader beside it.
  compiler = package "compiler-1.0" ''
    mkdir -p $out/bin $out/libexec
    run="$(echo $toolchain/usr/lib/ld-linux*) --library-path $toolchain/usr/lib/$triple"
    for program in as cc1 collect2 ld; do
      printf '#!%s\nexec %s %s "$@"\n' $userland/bin/bash "$run $toolchain/usr/bin/$program" > $out/libexec/$program
    done
    {
      echo "#!$userland/bin/bash"
      echo "exec $run $toolchain/usr/bin/gcc --sysroot=$toolchain -B$out/libexec/ -fno-use-linker-plugin -static-libgcc \\"
      echo "  -Wl,-dynamic-linker=$libc/lib/loader -Wl,-rpath=$libc/lib \"\$@\""
    } > $out/bin/cc
    sed -i "s/ *$//" $out/bin/cc $out/libexec/*
    chmod +x $out/bin/cc $out/libexec/*
  '' { inherit libc toolchain triple userland; };
in
rec {
  inherit compiler libc;

  # ---------------------------------------------------------------------------------- the same wherever it is built

  # Plain files.
  words = package "words-1.0" ''
    mkdir -p $out/share/words
    printf '%s\n' agree builder claim evidence outcome party quorum subject tally verdict > $out/share/words/list
    seq 1 2000 > $out/share/words/numbers
  '' { };

  # What a file system can hold and an archive must keep: links, modes, empty things, names with surprises.
  shapes = package "shapes-1.0" ''
    mkdir -p $out/empty-folder "$out/with space" $out/ünïcode
    : > $out/empty-file
    echo 'echo executable' > $out/script; chmod 755 $out/script
    echo secret > $out/private; chmod 600 $out/private
    echo linked > $out/first-name; ln $out/first-name $out/second-name
    ln -s ../script "$out/with space/link"
    ln -s /nowhere $out/dangling
    ln -s $out/empty-file $out/to-itself
    for name in A a B b; do echo $name > $out/ünïcode/$name; done
  '' { };

  # A chain of references: book -> letter -> words. The book also names itself.
  letter = package "letter-1.0" ''
    mkdir -p $out
    { echo "Dear reader, all words of this letter are in $words/share/words/list:"; tr '\n' ' ' < $words/share/words/list; } > $out/text
  '' { inherit words; };
  book = package "book-1.0" ''
    mkdir -p $out/chapters
    for number in 1 2 3 4 5; do { echo "Chapter $number"; cat $letter/text; } > $out/chapters/$number; done
    ln -s $letter/text $out/preface
    echo "This book stands at $out" > $out/imprint
  '' { inherit letter; };

  # A file that the expression itself writes into the store.
  settings = package "settings-1.0" ''
    mkdir -p $out/etc
    ln -s $written $out/etc/written
    sed 's/=.*//' $written > $out/etc/names
  '' { written = builtins.toFile "written" "colour = blue\nvotes = 2\n"; };

  # Fixed outputs: a flat file by sha256, the same by sha512, a tree.
  notice = fixed "notice-1.0" "flat" "sha256" (builtins.hashString "sha256" "free to copy\n") ''echo "free to copy" > $out'';
  seal = fixed "seal-1.0" "flat" "sha512" (builtins.hashString "sha512" "sealed\n") ''echo sealed > $out'';
  seeds = fixed "seeds-1.0" "recursive" "sha256" "0r0mk280kf6bdhf324lwr93ig4hg79jl576n9fvh13vl0x9dm0ql" ''
    mkdir -p $out/garden
    for plant in bean pea rye; do echo "a $plant" > $out/garden/$plant; done
    ln -s garden/pea $out/favourite
  '';

  # A C library with several outputs, which refer to each other.
  ballot = compiled "ballot-1.0" ''
    mkdir -p $out/lib $dev/include $dev/lib $doc
    cc -O2 -s -fPIC -shared -Wl,-soname=$out/lib/libballot.so -I$header -o $out/lib/libballot.so $code
    cp $header/ballot.h $dev/include/
    ln -s $out/lib/libballot.so $dev/lib/libballot.so
    printf 'ballot counts votes.\nThe header is in %s.\n' $dev/include > $doc/manual
  '' {
    outputs = [ "out" "dev" "doc" ];
    header = source "include";
    code = source "ballot.c";
  };

  # A program that uses the library another package built.
  count = compiled "count-1.0" ''
    mkdir -p $out/bin
    cc -O2 -s -I$dev/include -o $out/bin/count $code $dev/lib/libballot.so
    $out/bin/count tea coffee tea > result
    cat result
    [ "$(cat result)" = "tea (2 of 3)" ]
  '' {
    inherit (ballot) dev;
    code = source "count.c";
  };

  # A program from one file, tried out after it was compiled.
  greeter = compiled "greeter-1.0" ''
    mkdir -p $out/bin
    cc -O2 -s -o $out/bin/greeter $code
    [ "$($out/bin/greeter Ada)" = "Hello, Ada." ]
  '' { code = source "greeter.c"; };

  # The same program with a back door compiled in: what someone would serve in place of the one above. Nothing of the
  # set refers to it.
  greeterWithBackDoor = compiled "greeter-1.0" ''
    mkdir -p $out/bin
    cc -O2 -s -DBACK_DOOR -o $out/bin/greeter $code
  '' { code = source "greeter.c"; };

  # A real program from its published source: the Lua interpreter. Left out where the mirror does not have it.
  lua = compiled "lua-5.4.4" ''
    tar xzf $archive
    cd lua-5.4.4/src
    rm luac.c
    ls *.c | xargs -P $NIX_BUILD_CORES -n 4 cc -O1 -DLUA_USE_POSIX -c
    mkdir -p $out/bin
    cc -s -o $out/bin/lua *.o -lm
  '' { archive = builtins.path { path = /. + inputs + "/lua.tar.gz"; name = "lua-5.4.4.tar.gz"; recursive = false; }; };

  # What a Lua script makes of another package: an alphabetical index.
  index = package "index-1.0" ''
    mkdir -p $out
    $lua/bin/lua $script $words/share/words/list > $out/index
    [ "$(head -n 1 $out/index)" = "a: agree" ]
  '' { inherit lua words; script = source "index.lua"; };

  # --------------------------------------------------------------------------------------------- different by nature

  # The time of the build in a file.
  stamped = package "stamped-1.0" ''
    mkdir -p $out
    echo "built at $EPOCHREALTIME" > $out/stamp
    seq 1 100 > $out/the-same
  '' { };

  # The time of the build in a compiled program.
  birthday = compiled "birthday-1.0" ''
    mkdir -p $out/bin
    cc -O2 -s -DBUILT="\"$EPOCHREALTIME\"" -o $out/bin/birthday $code
    $out/bin/birthday
  '' { code = source "birthday.c"; };

  # Files in the order in which a folder happened to give them.
  shuffled = package "shuffled-1.0" ''
    mkdir -p $out files
    for number in $(seq 1 40); do echo $number > files/$number; touch -d @1 files/$number; done
    cd files
    ls | shuf > ../order
    tar cf $out/files.tar $(cat ../order)
  '' { };

  # Two outputs, of which only one differs.
  survey = package "survey-1.0" ''
    mkdir -p $out $log
    seq 1 10 > $out/answers
    echo "asked at $EPOCHREALTIME" > $log/protocol
  '' { outputs = [ "out" "log" ]; };

  # How many cores the builder may use. Builders that are set up alike agree.
  parallel = package "parallel-1.0" ''
    mkdir -p $out
    echo "jobs = $NIX_BUILD_CORES" > $out/config
  '' { };

  # ------------------------------------------------------------------------------------------------- seldom published

  # Nothing is wrong with it, but only one builder offers it.
  draft = package "draft-1.0" ''
    mkdir -p $out
    echo "not ready" > $out/text
  '' { };

  # -------------------------------------------------------------------------------------------------------- the whole

  # What a person would install: a folder of links to everything above.
  everyday = package "everyday-1.0" ''
    mkdir -p $out/bin $out/share
    for path in $paths; do
      name=''${path#*-}
      ln -s $path $out/share/$name
      for program in $path/bin/*; do [ ! -x $program ] || ln -s $program $out/bin/; done
    done
  '' {
    paths = [
      words shapes letter book settings notice seal seeds
      ballot.out ballot.dev ballot.doc count greeter
      stamped birthday shuffled survey.out survey.log parallel
      draft
    ] ++ (if builtins.pathExists (/. + inputs + "/lua.tar.gz") then [ lua index ] else [ ]);
  };
}
