import StoreFormats
import Testing

@Suite("nix-cache-info")
struct NixCacheInfoTests {
    @Test("of the fixtures", arguments: [("a", 40), ("b", 41), ("c", 42)])
    func real(cache: String, priority: Int) throws {
        let bytes = try Fixture.bytes("\(cache)/nix-cache-info")
        let info = try NixCacheInfo(parsing: bytes)
        #expect(info == NixCacheInfo(storeDirectory: .nix, wantMassQuery: true, priority: priority))
        #expect(info.serialized == bytes)
    }

    @Test("with the store directory only, or with unknown fields")
    func minimal() throws {
        let info = try NixCacheInfo(parsing: "StoreDir: /gnu/store\nFuture: 1\n".utf8)
        #expect(info == NixCacheInfo(storeDirectory: .gnu, wantMassQuery: false))
    }

    @Test(
        "what is none is refused",
        arguments: [
            "", "\n", "<html>\n", "StoreDir: /nix/store", "WantMassQuery: 1\n",
            "StoreDir: /nix/store\nStoreDir: /nix/store\n",
            "StoreDir: nix\n", "StoreDir: /nix/store\r\n", "StoreDir: /nix/store\nWantMassQuery: yes\n",
            "StoreDir: /nix/store\nPriority: -1\n", "StoreDir: /nix/store\nPriority: 99999999999\n",
            "StoreDir: /nix/store\nPriority: 040\n", "StoreDir:/nix/store\n", "StoreDir\n",
        ])
    func refused(text: String) {
        #expect(throws: StoreFormatError(.invalidCacheInfo, "")) { try NixCacheInfo(parsing: text.utf8) }
    }

    @Test("a large one is refused")
    func large() {
        #expect(throws: StoreFormatError(.limitExceeded, "")) {
            try NixCacheInfo(parsing: [UInt8](repeating: 0x0a, count: 65537))
        }
    }
}
