/// What a binary cache says about itself: the file `nix-cache-info`.
public struct NixCacheInfo: Hashable, Sendable {
    /// The store that its paths lie in; a client with another one refuses the cache.
    public var storeDirectory: StoreDirectory

    /// Whether clients may ask for many paths at once; a cache that does not say so does not want it.
    public var wantMassQuery: Bool

    /// Who is asked first: lower numbers before higher ones. nil when the cache does not say, which is 50 for clients.
    public var priority: Int?

    /// The largest file in bytes; real ones have less than 100.
    public static let maximumSize = 64 * 1024

    /// Creates the information.
    public init(storeDirectory: StoreDirectory = .nix, wantMassQuery: Bool = true, priority: Int? = nil) {
        self.storeDirectory = storeDirectory
        self.wantMassQuery = wantMassQuery
        self.priority = priority
    }

    /// Reads the file. Unknown fields are ignored, as clients ignore them.
    ///
    /// - Throws: ``StoreFormatError/Code/invalidCacheInfo`` or ``StoreFormatError/Code/limitExceeded``.
    public init(parsing bytes: some Collection<UInt8>) throws(StoreFormatError) {
        guard bytes.count <= NixCacheInfo.maximumSize else {
            throw StoreFormatError(.limitExceeded, "nix-cache-info is larger than \(NixCacheInfo.maximumSize) bytes")
        }
        var seen: Set<String> = []
        var directory: StoreDirectory?
        var wantMassQuery = false
        var priority: Int?
        do throws(StoreFormatError) {
            var lines = try FieldLines([UInt8](bytes), code: .invalidCacheInfo)
            while let line = try lines.next() {
                let name = String(decoding: line.name, as: UTF8.self)
                guard seen.insert(name).inserted else {
                    throw StoreFormatError(.invalidCacheInfo, "\(name) twice", at: .line(line.number))
                }
                let value = String(decoding: line.value, as: UTF8.self)
                switch name {
                case "StoreDir": directory = try StoreDirectory(value)
                case "WantMassQuery":
                    guard value == "0" || value == "1" else {
                        throw StoreFormatError(
                            .invalidCacheInfo, "WantMassQuery is neither 0 nor 1", at: .line(line.number))
                    }
                    wantMassQuery = value == "1"
                case "Priority":
                    guard let number = Decimal.parse(line.value), number <= UInt64(Int32.max) else {
                        throw StoreFormatError(
                            .invalidCacheInfo, "Priority is not a decimal number", at: .line(line.number))
                    }
                    priority = Int(number)
                default: break
                }
            }
        } catch {
            throw StoreFormatError(.invalidCacheInfo, "nix-cache-info: \(error.message)", at: error.place)
        }
        guard let directory else {
            throw StoreFormatError(.invalidCacheInfo, "nix-cache-info: no StoreDir")
        }
        self.init(storeDirectory: directory, wantMassQuery: wantMassQuery, priority: priority)
    }

    /// The bytes of the file.
    public var serialized: [UInt8] {
        var text = "StoreDir: \(storeDirectory)\nWantMassQuery: \(wantMassQuery ? 1 : 0)\n"
        if let priority { text += "Priority: \(priority)\n" }
        return [UInt8](text.utf8)
    }
}
