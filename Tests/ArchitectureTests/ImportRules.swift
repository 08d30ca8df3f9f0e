/// Who may import what. `docs/architecture.md` and `docs/dependencies.md` say the same in words.
enum ImportRules {
    /// Our modules from the bottom to the top: each may import those before it.
    static let order = [
        "DurableFiles", "SQLiteFiles", "Edwards25519", "Quorum", "StoreFormats", "GuixFormats", "Compression",
        "TransparencyLog", "Attestations", "Proofs", "Ledger",
        "LedgerSQLite", "ClaimSources", "Verification", "ClientSetup", "Sandbox", "LocalStore", "LocalStoreSQLite",
        "Building",
        "Observability", "Gateway", "QuorateCommands", "quorate",
    ]

    /// Modules that stay apart from others although the order would let them: formats know nothing of votes, what is
    /// pure touches no file.
    static let forbidden: [String: Set<String>] = [
        "Edwards25519": ["DurableFiles", "SQLiteFiles"],
        "Quorum": ["DurableFiles", "SQLiteFiles", "Edwards25519"],
        "StoreFormats": ["DurableFiles", "SQLiteFiles", "Quorum"],
        "GuixFormats": ["DurableFiles", "SQLiteFiles", "Quorum"],
        "Compression": ["DurableFiles", "SQLiteFiles", "Quorum", "StoreFormats", "GuixFormats"],
        // A log knows nothing of what its entries say, a statement nothing of where it stands.
        "TransparencyLog": ["Quorum", "StoreFormats", "Compression"],
        "Attestations": ["DurableFiles", "Compression", "TransparencyLog"],
        // Checked offline by little code: no file, no network, no database.
        "Proofs": ["DurableFiles", "SQLiteFiles", "Compression"],
        "Ledger": ["TransparencyLog", "Attestations", "Proofs"],
        "LedgerSQLite": ["TransparencyLog", "Attestations", "Proofs"],
        "ClientSetup": ["ClaimSources", "Ledger", "LedgerSQLite", "Verification"],
        "Observability": ["Ledger", "Quorum", "StoreFormats", "Verification"],
        "Verification": ["LedgerSQLite"],
        // A rebuild proves something only if it does not run through what first built: nothing here asks caches or votes.
        "Sandbox": [
            "DurableFiles", "Quorum", "StoreFormats", "GuixFormats", "Compression", "TransparencyLog", "Attestations",
            "Proofs",
            "Ledger", "LedgerSQLite", "ClaimSources", "Verification", "ClientSetup",
        ],
        "LocalStore": [
            "Quorum", "TransparencyLog", "Attestations", "Proofs", "Ledger", "LedgerSQLite", "ClaimSources",
            "Verification", "ClientSetup", "Sandbox",
        ],
        "LocalStoreSQLite": [
            "Quorum", "TransparencyLog", "Attestations", "Proofs", "Ledger", "LedgerSQLite", "ClaimSources",
            "Verification", "ClientSetup", "Sandbox",
        ],
        "Building": [
            "Quorum", "TransparencyLog", "Attestations", "Proofs", "Ledger", "LedgerSQLite", "ClaimSources",
            "Verification", "ClientSetup",
            "LocalStoreSQLite",
        ],
        "Gateway": [
            "ClientSetup", "LedgerSQLite", "Sandbox", "LocalStore", "LocalStoreSQLite", "Building",
        ],
    ]

    /// Who may import each module that is not ours.
    static let outside: [String: Set<String>] = [
        // The system's and the toolchain's.
        "Dispatch": ["QuorateCommands"],
        "FoundationEssentials": ["Gateway", "LedgerSQLite", "LocalStoreSQLite", "QuorateCommands", "Verification"],
        "Glibc": Set(order).subtracting(["Quorum"]),
        "Synchronization": Set(order).subtracting(["Quorum"]),
        // One owner each.
        "ArgumentParser": ["QuorateCommands"],
        "AsyncHTTPClient": ["ClaimSources"],
        "CBrotli": ["Compression"],
        "CBzip2": ["Compression"],
        "CFileSystem": ["LocalStore"],
        "CGcrypt": ["GuixFormats"],
        "CLZ4": ["Compression"],
        "CLZMA": ["Compression"],
        "CSandbox": ["Sandbox"],
        "CZlib": ["Compression"],
        "CZstd": ["Compression"],
        // One opens and closes files, two say what is asked of theirs.
        "GRDB": ["LedgerSQLite", "LocalStoreSQLite", "SQLiteFiles"],
        "GRDBSQLite": ["LedgerSQLite"],
        "HTTPTypes": ["Gateway"],
        "Hummingbird": ["Gateway"],
        "HummingbirdCore": ["Gateway"],
        "NIOHTTPTypes": ["Gateway"],
        "NIOHTTPTypesHTTP1": ["Gateway"],
        "NIOSSL": ["ClaimSources"],
        "Subprocess": ["QuorateCommands"],
        "SystemPackage": ["QuorateCommands"],
        "UnixSignals": ["QuorateCommands"],
        // Interfaces that several share.
        "Crypto": [
            "Attestations", "ClaimSources", "Edwards25519", "Gateway", "Ledger", "LedgerSQLite", "QuorateCommands",
            "StoreFormats", "TransparencyLog",
        ],
        "Logging": ["Gateway", "Observability", "QuorateCommands"],
        "Metrics": ["Gateway", "Observability", "QuorateCommands"],
        "NIOCore": ["ClaimSources", "Gateway", "QuorateCommands", "Verification"],
        "NIOHTTP1": ["ClaimSources", "Gateway"],
        "NIOPosix": ["ClaimSources", "Gateway"],
        "ServiceLifecycle": ["Gateway", "QuorateCommands"],
    ]

    /// Where a module's tests are, if not in `Tests/<module>Tests`.
    static let testsElsewhere = [
        "LedgerSQLite": "LedgerTests", "LocalStoreSQLite": "LocalStoreTests", "quorate": "QuorateCommandsTests",
    ]

    /// Why a module may not import another, or nil when it may.
    static func objection(to imported: String, in module: String) -> String? {
        guard let own = order.firstIndex(of: module) else {
            return "\(module) is not in the order of modules: add it to the test and to docs/architecture.md"
        }
        if let other = order.firstIndex(of: imported) {
            if other >= own { return "\(imported) is not below \(module)" }
            return forbidden[module]?.contains(imported) == true ? "\(module) stays apart from \(imported)" : nil
        }
        if imported == "Foundation" { return "import FoundationEssentials: Foundation brings in a library of 40 MB" }
        guard let owners = outside[imported] else {
            return
                "\(imported) is known to nobody: a new library needs an owner here and a line in docs/dependencies.md"
        }
        return owners.contains(module)
            ? nil : "\(imported) is imported by \(owners.sorted().joined(separator: ", ")) alone"
    }
}
