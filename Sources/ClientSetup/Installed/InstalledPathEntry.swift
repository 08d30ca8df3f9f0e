internal import StoreFormats

/// One entry of path-info as it is written: types are right, meanings are not yet looked at.
///
/// What is wrong with an entry must not lose the others, so a field of the wrong type is noted and passed over.
struct InstalledPathEntry {
    /// A hash or content address, which is a string in old forms and an object in new ones.
    enum Hash {
        case text(String)
        case structured(algorithm: String?, format: String?, digits: String?)
    }

    let key: String?
    private(set) var path: String?
    private(set) var storeDirectory: String?
    private(set) var narHash: Hash?
    private(set) var narSize: UInt64?
    private(set) var references: [String]?
    private(set) var contentAddress: String?
    private(set) var contentAddressMethod: String?
    private(set) var contentAddressHash: Hash?
    private(set) var signatures: [String] = []
    private(set) var isBuiltHere = false
    private(set) var isValid = true
    /// The first thing that is wrong.
    private(set) var defect: String?

    private var given: Set<String> = []

    /// Reads the value behind `key`, or an element of an array.
    init(key: String?, from reader: inout JSONReader) throws(StoreFormatError) {
        self.key = key
        switch try reader.peek() {
        case .null:
            try reader.readNull()
            isValid = false
        case .object:
            try reader.readObject { name, reader throws(StoreFormatError) in try self.read(name, from: &reader) }
        default:
            try reader.skip()
            defect = "an entry must be an object"
        }
    }

    private mutating func read(_ name: String, from reader: inout JSONReader) throws(StoreFormatError) {
        let kind = try reader.peek()
        switch (name, kind) {
        case ("path", .string): path = try reader.readString()
        case ("storeDir", .string): storeDirectory = try reader.readString()
        case ("narHash", .string), ("narHash", .object): narHash = try Self.readHash(from: &reader)
        case ("narSize", .number): narSize = UInt64(try reader.readNumberText())
        case ("references", .array): references = try readStringArray(name, from: &reader)
        case ("ca", .string): contentAddress = try reader.readString()
        case ("ca", .object): try readContentAddress(from: &reader)
        case ("signatures", .array): signatures = try readSignatures(from: &reader)
        case ("ultimate", .boolean): isBuiltHere = try reader.readBool()
        case ("valid", .boolean): isValid = try reader.readBool()
        case ("ca", .null): try reader.readNull()
        case ("path", _), ("storeDir", _), ("narHash", _), ("narSize", _), ("references", _), ("ca", _),
            ("signatures", _), ("ultimate", _), ("valid", _):
            try reader.skip()
            note("\(name) is of a type that does not belong there (\(kind.rawValue))")
        default:
            return try reader.skip()
        }
        // Two values for one field: which one counts would be anyone's guess.
        if !given.insert(name).inserted { note("\(name) is there twice") }
    }

    private mutating func note(_ defect: String) {
        if self.defect == nil { self.defect = defect }
    }

    private mutating func readStringArray(
        _ name: String, from reader: inout JSONReader
    ) throws(StoreFormatError) -> [String] {
        var strings: [String] = []
        var isPure = true
        try reader.readArray { reader throws(StoreFormatError) in
            if try reader.peek() == .string {
                strings.append(try reader.readString())
            } else {
                try reader.skip()
                isPure = false
            }
        }
        if !isPure { note("\(name) has an element that is no string") }
        return strings
    }

    private static func readHash(from reader: inout JSONReader) throws(StoreFormatError) -> Hash {
        if try reader.peek() == .string { return .text(try reader.readString()) }
        var fields: [String: String] = [:]
        try reader.readObject { name, reader throws(StoreFormatError) in
            if try reader.peek() == .string { fields[name] = try reader.readString() } else { try reader.skip() }
        }
        return .structured(algorithm: fields["algorithm"], format: fields["format"], digits: fields["hash"])
    }

    private mutating func readContentAddress(from reader: inout JSONReader) throws(StoreFormatError) {
        var method: String?
        var hash: Hash?
        try reader.readObject { name, reader throws(StoreFormatError) in
            switch (name, try reader.peek()) {
            case ("method", .string): method = try reader.readString()
            case ("hash", .string), ("hash", .object): hash = try Self.readHash(from: &reader)
            default: try reader.skip()
            }
        }
        contentAddressMethod = method
        contentAddressHash = hash
        if method == nil || hash == nil { note("ca without method and hash") }
    }

    private mutating func readSignatures(from reader: inout JSONReader) throws(StoreFormatError) -> [String] {
        var signatures: [String] = []
        var isPure = true
        try reader.readArray { reader throws(StoreFormatError) in
            switch try reader.peek() {
            case .string: signatures.append(try reader.readString())
            case .object:
                var fields: [String: String] = [:]
                try reader.readObject { name, reader throws(StoreFormatError) in
                    if try reader.peek() == .string {
                        fields[name] = try reader.readString()
                    } else {
                        try reader.skip()
                    }
                }
                if let name = fields["keyName"], let signature = fields["sig"] {
                    signatures.append("\(name):\(signature)")
                } else {
                    isPure = false
                }
            default:
                try reader.skip()
                isPure = false
            }
        }
        if !isPure { note("signatures has an element that is no signature") }
        return signatures
    }
}
