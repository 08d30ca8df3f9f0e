/// The upper bounds of a histogram's buckets, rising; the bucket for everything above the last is implied.
package struct HistogramBuckets: Sendable, Hashable {
    /// Buckets of one histogram: each costs a line per label set at every scrape.
    package static let maximumCount = 64

    package let bounds: [Double]

    /// - Parameter bounds: sorted here; what is not finite or comes twice is left out, and so is what goes beyond
    ///   ``maximumCount``.
    package init(_ bounds: [Double]) {
        self.bounds = Array(Set(bounds.filter(\.isFinite)).sorted().prefix(Self.maximumCount))
    }

    /// From a cached answer (half a millisecond) to the spooling of a large NAR (five minutes).
    package static let seconds = HistogramBuckets([
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300,
    ])

    /// From a narinfo (1 KiB) to a compiler's NAR (4 GiB), in steps of four.
    package static let bytes = HistogramBuckets((5...16).map { Double(1 << (2 * $0)) })

    /// For numbers of which nothing is known: powers of ten.
    package static let counts = HistogramBuckets([1, 10, 100, 1_000, 10_000, 100_000, 1_000_000])
}
