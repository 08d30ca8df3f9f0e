import Testing

@testable import QuorateCommands

/// Lines that nix 2.8.0 printed while it built and installed the example derivations.
@Suite struct NixInternalLogTests {
    static let draft = "/nix/store/srq3w89j19db98xi6a2vv4pz6ssl94xr-draft-1.0.drv"
    static let words = "/nix/store/pj73wsxs8hsh6pxqlasip48g5b2lsc4f-words-1.0"

    @Test(arguments: [
        (
            #"""
            @nix {"action":"start","fields":["/nix/store/srq3w89j19db98xi6a2vv4pz6ssl94xr-draft-1.0.drv","",1,1],\#
            "id":125198296678692,"level":3,"text":"building '/nix/store/srq3w89j19db98xi6a2vv4pz6ssl94xr-draft-1.0.drv'",\#
            "type":105}
            """#,
            NixLogEvent.building(derivation: draft)
        ),
        (
            #"""
            @nix {"action":"start","fields":["/nix/store/pj73wsxs8hsh6pxqlasip48g5b2lsc4f-words-1.0",\#
            "http://127.0.0.1:18080","local"],"id":125198296678660,"level":3,"text":"copying path \#
            '/nix/store/pj73wsxs8hsh6pxqlasip48g5b2lsc4f-words-1.0' from 'http://127.0.0.1:18080'","type":100}
            """#,
            .copying(path: words, from: "http://127.0.0.1:18080", to: "local")
        ),
        (
            #"""
            @nix {"action":"start","fields":["/nix/store/pj73wsxs8hsh6pxqlasip48g5b2lsc4f-words-1.0",\#
            "http://127.0.0.1:18080"],"id":125198296678436,"level":4,"text":"querying info about \#
            '/nix/store/pj73wsxs8hsh6pxqlasip48g5b2lsc4f-words-1.0' on 'http://127.0.0.1:18080'","type":109}
            """#,
            .asking(path: words, cache: "http://127.0.0.1:18080")
        ),
        (
            #"""
            @nix {"action":"start","fields":["http://127.0.0.1:18080/nix-cache-info"],"id":125198296678401,"level":4,\#
            "text":"downloading 'http://127.0.0.1:18080/nix-cache-info'","type":101}
            """#,
            .downloading(url: "http://127.0.0.1:18080/nix-cache-info")
        ),
        (
            #"@nix {"action":"msg","level":3,"msg":"these 20 derivations will be built:"}"#,
            .message(level: 3, text: "these 20 derivations will be built:")
        ),
        (
            #"""
            @nix {"action":"msg","column":null,"file":null,"level":0,"line":null,"msg":"\u001b[31;1merror:\u001b[0m builder \#
            for '\u001b[35;1m/nix/store/lk097r5b0l6yysnaqcb6xdcb2xqqb37h-lua-5.4.4.drv\u001b[0m' failed with exit code 1",\#
            "raw_msg":"builder for '\u001b[35;1m/nix/store/lk097r5b0l6yysnaqcb6xdcb2xqqb37h-lua-5.4.4.drv\u001b[0m' \#
            failed with exit code 1"}
            """#,
            .message(
                level: 0,
                text:
                    "error: builder for '/nix/store/lk097r5b0l6yysnaqcb6xdcb2xqqb37h-lua-5.4.4.drv' failed with exit code 1"
            )
        ),
        (
            "error: getting status of '/nowhere/userland': No such file or directory",
            .message(level: 0, text: "error: getting status of '/nowhere/userland': No such file or directory")
        ),
    ])
    func readsWhatNixSays(line: String, event: NixLogEvent) {
        var log = NixInternalLog()
        #expect(log.read(line) == event)
    }

    @Test(arguments: [
        #"@nix {"action":"start","id":89932320210944,"level":6,"text":"querying info about missing paths","type":0}"#,
        #"@nix {"action":"start","id":125198296678455,"level":0,"text":"","type":102}"#,
        #"@nix {"action":"stop","id":89932320210944}"#,
        #"@nix {"action":"result","fields":[0,0,0,0],"id":102091372625923,"type":105}"#,
        #"@nix {"action":"result","fields":[101,0],"id":102091372625921,"type":106}"#,
        // A line of a build that never started, an activity without its fields, what no version prints, and no JSON.
        #"@nix {"action":"result","fields":["made up"],"id":7,"type":101}"#,
        #"@nix {"action":"start","fields":["/nix/store/x"],"id":7,"level":3,"text":"","type":100}"#,
        #"@nix {"action":"dance","id":7}"#,
        #"@nix {"action":"#,
        "@nix []",
        "",
    ])
    func passesOver(line: String) {
        var log = NixInternalLog()
        #expect(log.read(line) == nil)
    }

    @Test func knowsWhichBuildPrinted() {
        var log = NixInternalLog()
        let start = #"@nix {"action":"start","fields":["\#(Self.draft)","",1,1],"id":9,"level":3,"text":"","type":105}"#
        let line = #"@nix {"action":"result","fields":["tea (2 of 3)"],"id":9,"type":101}"#
        #expect(log.read(start) == .building(derivation: Self.draft))
        #expect(log.read(line) == .buildOutput(derivation: Self.draft, line: "tea (2 of 3)"))
        #expect(log.read(#"@nix {"action":"stop","id":9}"#) == nil)
        #expect(log.read(line) == nil)
    }

    @Test(arguments: [
        ("plain", "plain"),
        ("\u{1b}[31;1merror:\u{1b}[0m no", "error: no"),
        ("tab\tstays", "tab\tstays"),
        ("title\u{1b}]0;x\u{7}", "title0;x"),
        ("cut \u{1b}[3", "cut "),
        ("bell\u{7}\r\u{9b}2J", "bell2J"),
    ])
    func takesControlOut(of text: String, gives expected: String) {
        #expect(NixInternalLog.withoutColours(text) == expected)
    }
}
