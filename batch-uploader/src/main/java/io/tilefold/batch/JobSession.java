package io.tilefold.batch;

import io.tilefold.core.definition.SqlConfiguration;
import java.util.Map;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.SparkContext$;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import scala.Option;

/**
 * The Spark session of a job: the submitter's settings, and over them what decides values.
 *
 * <p>Where this JVM has a Spark application already, a notebook's for instance, the job gets a session of its own in it ({@code SparkSession.newSession}): the
 * same executors, catalog tables and generated code; settings and temporary views of neither are seen by the other. Closing stops an application that was started
 * here, and leaves another as it was. Confined to the thread that opened it, whose active session it is until it is closed.
 */
public final class JobSession implements AutoCloseable {
    private static final String FILES = "fs.file.impl";
    private static final String FILES_UNCACHED = "fs.file.impl.disable.cache";
    private static final String DESCRIPTION = "spark.job.description";

    /** For sessions whose tasks run in the driver's JVM; the submitter has used Hadoop's own by then and it is kept in its cache. */
    static final Map<String, String> LOCAL_FILES =
            Map.of("spark.hadoop." + FILES, LocalFiles.class.getName(), "spark.hadoop." + FILES_UNCACHED, "true");

    private static final String VECTORED_READS = "parquet.hadoop.vectored.io.enabled";

    /** Of a file on a local disk or in memory. */
    private static final long OPEN_COST_BYTES = 64 << 10;

    /** Tasks of a scan, so that one that is longer than the others is evened out. */
    private static final int SCANS_PER_CORE = 3;

    private final SparkSession spark;
    private final boolean isStartedHere;
    private final @Nullable SparkSession activeBefore;
    private final @Nullable String describedBefore;

    private JobSession(SparkSession spark, boolean isStartedHere, String application) {
        this.spark = spark;
        this.isStartedHere = isStartedHere;
        this.activeBefore = orNull(SparkSession.getActiveSession());
        this.describedBefore = spark.sparkContext().getLocalProperty(DESCRIPTION);
        spark.sparkContext().setLocalProperty(DESCRIPTION, application);
        SparkSession.setActiveSession(spark);
    }

    /** @param master where to run if spark-submit did not say and nothing runs here yet; null: on all cores of this machine */
    public static JobSession open(String application, @Nullable String master) {
        SparkSession there = running();
        if (there != null) {
            SparkSession own = there.newSession();
            if (own.sparkContext().isLocal()) {
                own.conf().set(FILES, LocalFiles.class.getName());
                own.conf().set(FILES_UNCACHED, "true");
            }
            return new JobSession(configure(own), false, application);
        }
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
        return new JobSession(configure(SparkSession.builder().config(conf).getOrCreate()), true, application);
    }

    /** A session of the application that runs in this JVM; null if none does. */
    private static @Nullable SparkSession running() {
        SparkSession active = orNull(SparkSession.getActiveSession());
        if (active != null && active.isUsable()) {
            return active;
        }
        SparkSession byDefault = orNull(SparkSession.getDefaultSession());
        if (byDefault != null && byDefault.isUsable()) {
            return byDefault;
        }
        SparkContext context = orNull(SparkContext$.MODULE$.getActive());
        return context == null || context.isStopped()
                ? null
                : SparkSession.builder().getOrCreate(); // takes the context that is there
    }

    private static <T> @Nullable T orNull(Option<T> option) {
        return option.isDefined() ? option.get() : null;
    }

    public static SparkSession configure(SparkSession spark) {
        // Else executors have a class loader for each session, and generated classes are kept for a loader.
        spark.conf().set("spark.sql.artifact.isolation.enabled", "false");
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
            // Reads of a local file by another thread: a task of many small files waits for that thread to be given a
            // core longer than it reads.
            if (!spark.sparkContext().getConf().contains("spark.hadoop." + VECTORED_READS)) {
                spark.conf().set(VECTORED_READS, "false");
            }
        }
        return spark;
    }

    /**
     * For a job of one scan whose tasks are few and all waited for. Spark packs files into tasks as if opening one took as long as reading 4 MB: on local disks one task then gets most of the
     * bytes of a table of small files, and the other cores wait for it. What the submitter has set stays.
     */
    public void evenOutScans() {
        if (spark.sparkContext().isLocal()) {
            setIfMissing("spark.sql.files.openCostInBytes", OPEN_COST_BYTES);
            setIfMissing(
                    "spark.sql.files.minPartitionNum",
                    SCANS_PER_CORE * spark.sparkContext().defaultParallelism());
        }
    }

    private void setIfMissing(String key, long value) {
        if (!spark.sparkContext().getConf().contains(key)) {
            spark.conf().set(key, value);
        }
    }

    public SparkSession spark() {
        return spark;
    }

    @Override
    public void close() {
        if (isStartedHere) {
            spark.stop();
            return;
        }
        if (!spark.sparkContext().isStopped()) {
            spark.sparkContext().setLocalProperty(DESCRIPTION, describedBefore);
        }
        if (activeBefore == null) {
            SparkSession.clearActiveSession();
        } else {
            SparkSession.setActiveSession(activeBefore);
        }
    }
}
