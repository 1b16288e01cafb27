package io.tilefold.batch;

import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.types.StructType;

/** Rows as Spark keeps them inside, between the steps of a job: a step reads and gives them without an expression, an object and a box for each column. */
public final class CatalystRows {
    private CatalystRows() {}

    /** The rows of a dataset. A row is only good until the next is asked for. */
    public static JavaRDD<InternalRow> of(Dataset<Row> rows) {
        return ((org.apache.spark.sql.classic.Dataset<Row>) rows)
                .queryExecution()
                .toRdd()
                .toJavaRDD();
    }

    /** No rows of any kind. */
    public static <T> JavaRDD<T> none(SparkSession spark) {
        return JavaSparkContext.fromSparkContext(spark.sparkContext()).emptyRDD();
    }

    public static Dataset<Row> frame(SparkSession spark, JavaRDD<InternalRow> rows, StructType schema) {
        return ((org.apache.spark.sql.classic.SparkSession) spark).internalCreateDataFrame(rows.rdd(), schema, false);
    }
}
