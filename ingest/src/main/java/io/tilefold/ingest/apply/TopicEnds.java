package io.tilefold.ingest.apply;

/** Where topics end, as the reader of the topics saw them last. Read by any thread. */
public interface TopicEnds {
    /** The end is not known. */
    long UNKNOWN = -1;

    /** The offset of the next record that will be written to the partition, or {@link #UNKNOWN}. */
    long end(String topic, int partition);
}
