package io.tilefold.batch;

import io.tilefold.core.definition.SqlConfiguration;
import java.util.Map;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;

/** The Spark session of a job: the submitter's settings, and over them what decides values. */
public final class JobSession {
    /** For sessions whose tasks run in the driver's JVM; the submitter has used Hadoop's own by then and it is kept in its cache. */
    static final Map<String, String> LOCAL_FILES = Map.of(
            "spark.hadoop.fs.file.impl", LocalFiles.class.getName(), "spark.hadoop.fs.file.impl.disable.cache", "true");

    private JobSession() {}

    /** @param master where to run if spark-submit did not say; null: on all cores of this machine */
    public static SparkSession open(String application, @Nullable String master) {
        SparkConf conf = new SparkConf(); // what spark-submit passed, as system properties
        if (!conf.contains("spark.master")) {
            conf.setMaster(master == null ? "local[*]" : master);
        }
        if (!conf.contains("spark.app.name")) {
            conf.setAppName(application);
        }
        if (!conf.contains("spark.log.level")) {
            conf.set("spark.log.level", "WARN");
        }
        if (conf.get("spark.master").startsWith("local")) {
            LOCAL_FILES.forEach(conf::setIfMissing);
        }
        return configure(SparkSession.builder().config(conf).getOrCreate());
    }

    public static SparkSession configure(SparkSession spark) {
        SqlConfiguration.settings().forEach(spark.conf()::set);
        // ds=2001-02-09 is text, not a date.
        spark.conf().set("spark.sql.sources.partitionColumnTypeInference.enabled", "false");
        // One shuffle, whose partitions are the shards: nothing to adapt.
        spark.conf().set("spark.sql.adaptive.enabled", "false");
        // A task has the files of a few days open instead of sorting its rows by day; more than that are sorted.
        spark.conf().set("spark.sql.maxConcurrentOutputFileWriters", "4");
        if (spark.sparkContext().isLocal()) {
            // A job of its own to list forty directories takes half a second; listing them here, a few milliseconds.
            spark.conf().set("spark.sql.sources.parallelPartitionDiscovery.threshold", "1024");
        }
        return spark;
    }
}
