package io.tilefold.batch;

import java.util.List;

/**
 * What is known of the tiles kept of one day partition of one source. Stands beside them as JSON.
 *
 * @param format of tiles and of this
 * @param source index of the source in the definition
 * @param day {@code yyyy-MM-dd}
 * @param read how the source's files were read
 * @param batchEndMs the batch end that the tiles were made for: they serve it and every later one
 * @param newestMs start of the latest tile; {@link Long#MIN_VALUE} if there is none
 */
record DayTiles(
        String format,
        int source,
        String day,
        String read,
        Fingerprint files,
        long batchEndMs,
        long newestMs,
        List<File> tiles) {
    /**
     * A Parquet file of tiles.
     *
     * @param path below the GroupBy's directory
     * @param grain for which readers: {@code BOTH}, {@code FINE} or {@code COARSE}
     */
    record File(String path, String grain, long length, int crc32c) {}

    DayTiles {
        tiles = List.copyOf(tiles);
    }
}
