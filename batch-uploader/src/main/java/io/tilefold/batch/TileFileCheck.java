package io.tilefold.batch;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.zip.CRC32C;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.column.statistics.Statistics;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.apache.spark.sql.SparkSession;

/** Reads files of kept tiles through, on the executors. */
final class TileFileCheck {
    private static final int BUFFER = 1 << 16;

    /**
     * What a file is.
     *
     * @param problem why it cannot be read; empty if it can
     * @param newestMs start of its latest tile; {@link Long#MIN_VALUE} without tiles
     */
    record Checked(String problem, long length, int crc32c, long newestMs) implements java.io.Serializable {}

    private TileFileCheck() {}

    /** In the order of the files. */
    static List<Checked> check(SparkSession spark, List<String> files) {
        if (files.isEmpty()) {
            return List.of();
        }
        int tasks = Math.min(files.size(), 4 * spark.sparkContext().defaultParallelism());
        return new JavaSparkContext(spark.sparkContext())
                .parallelize(files, tasks)
                .map(TileFileCheck::check)
                .collect();
    }

    private static Checked check(String file) {
        Configuration conf = SparkHadoopUtil.get().conf();
        Path path = new Path(file);
        try {
            CRC32C crc = new CRC32C();
            long length = 0;
            try (InputStream in = path.getFileSystem(conf).open(path)) {
                byte[] buffer = new byte[BUFFER];
                for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                    crc.update(buffer, 0, read);
                    length += read;
                }
            }
            return new Checked("", length, (int) crc.getValue(), newestMs(path, conf));
        } catch (IOException | RuntimeException e) { // Parquet throws unchecked exceptions at damaged footers
            return new Checked(JobException.firstLine(String.valueOf(e.getMessage())), -1, 0, Long.MIN_VALUE);
        }
    }

    private static long newestMs(Path path, Configuration conf) throws IOException {
        long newestMs = Long.MIN_VALUE;
        try (ParquetFileReader reader = ParquetFileReader.open(HadoopInputFile.fromPath(path, conf))) {
            for (BlockMetaData block : reader.getFooter().getBlocks()) {
                for (ColumnChunkMetaData column : block.getColumns()) {
                    if (column.getPath().toDotString().equals(DayTileTask.START)) {
                        Statistics<?> statistics = column.getStatistics();
                        newestMs = Math.max(
                                newestMs,
                                statistics != null && statistics.hasNonNullValue()
                                        ? (Long) statistics.genericGetMax()
                                        : Long.MAX_VALUE);
                    }
                }
            }
        }
        return newestMs;
    }
}
