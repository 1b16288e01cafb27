package io.tilefold.ingest.log;

/**
 * The log's lengths. An Aeron message is at most an eighth of a term: the term decides how large an entry can be, and what does not fit is
 * refused (a catalog) or goes to the dead-letter topic (a record) before it reaches the log.
 */
public final class LogLimits {
    /** Of every publication an entry passes: ingress and log. */
    public static final int TERM_LENGTH = 4 << 20;

    /** What the cluster puts before an entry, rounded up. */
    private static final int SESSION_HEADER_RESERVE = 256;

    /** Largest entry: 512 KiB less the cluster's header. */
    public static final int MAX_ENTRY_LENGTH = TERM_LENGTH / 8 - SESSION_HEADER_RESERVE;

    /** Entries decided and not yet handed to the cluster, in bytes: the bound of what a stopped cluster keeps in memory. */
    public static final int OUTBOUND_CAPACITY = 8 << 20;

    /** Largest catalog: an entry less the Definitions message's fixed part. */
    public static final int MAX_CATALOG_LENGTH = MAX_ENTRY_LENGTH - 64;

    /** Most effects of one entry: what its group can count. */
    public static final int MAX_EFFECTS = 65_534;

    /** Longest encoded key. */
    public static final int MAX_KEY_LENGTH = 65_534;

    /** Most active definitions of one catalog: an effect names its definition by a 16-bit place. */
    public static final int MAX_DEFINITIONS = 65_534;

    private LogLimits() {}
}
