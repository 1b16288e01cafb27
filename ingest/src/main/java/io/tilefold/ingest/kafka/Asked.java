package io.tilefold.ingest.kafka;

/** Questions to other nodes about records, under way. Confined to the reader's thread. */
interface Asked {
    /** There was nothing to ask. */
    Asked NOTHING = () -> true;

    /** Waits, for as long as the questions may take; false if something must be asked again: then no record may be decided. */
    boolean isAnswered();
}
