/// Where the evidence of a claim is kept: in which block, and the how many-th in it.
struct EvidencePlace: Hashable {
    let block: Int64
    let item: Int64
}
