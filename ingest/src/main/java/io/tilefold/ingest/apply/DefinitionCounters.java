package io.tilefold.ingest.apply;

/** Rows of one definition that had no effect but this count. Confined to the thread that applies entries. */
final class DefinitionCounters {
    long nullTime;
    long nullKey;
}
