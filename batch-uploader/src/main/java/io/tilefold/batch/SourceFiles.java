package io.tilefold.batch;

import java.io.IOException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.ApplyFunctionExpression;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.optimizer.EliminateSQLFunctionNode$;
import org.apache.spark.sql.catalyst.plans.logical.Filter;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.catalyst.plans.logical.SubqueryAlias;
import org.apache.spark.sql.catalyst.trees.TreePattern;
import org.apache.spark.sql.execution.datasources.FileIndex;
import org.apache.spark.sql.execution.datasources.FileStatusWithMetadata;
import org.apache.spark.sql.execution.datasources.HadoopFsRelation;
import org.apache.spark.sql.execution.datasources.LogicalRelation;
import org.apache.spark.sql.execution.datasources.PartitionDirectory;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import scala.jdk.javaapi.CollectionConverters;

/**
 * The files that a scan of a table reads, by day, as Spark has listed them for it; or why its rows are not a matter of its files alone. They are where every step from the
 * files to the rows is a projection or a condition of Spark's own deterministic expressions.
 */
final class SourceFiles {
    private static final String SPARK = "org.apache.spark.sql.";
    private static final String EXPRESSIONS = SPARK + "catalyst.expressions";

    private final Optional<String> problem;
    private final Map<LocalDate, List<Fingerprint.File>> files;
    private final Map<LocalDate, Fingerprint> days;
    private final String read;

    private SourceFiles(@Nullable String problem, Map<LocalDate, List<Fingerprint.File>> files, String read) {
        this.problem = Optional.ofNullable(problem);
        this.files = files;
        this.read = read;
        this.days = new TreeMap<>();
        files.forEach((day, ofDay) -> days.put(day, Fingerprint.of(ofDay)));
    }

    /**
     * @param rows over one table
     * @param declared names of the columns that are read
     */
    static SourceFiles of(Dataset<Row> rows, String partitionColumn, List<String> declared) {
        org.apache.spark.sql.classic.Dataset<Row> dataset = (org.apache.spark.sql.classic.Dataset<Row>) rows;
        LogicalPlan plan = EliminateSQLFunctionNode$.MODULE$.apply(
                dataset.queryExecution().analyzed()); // a function of setups is its body
        Optional<String> problem = problemWith(plan);
        if (problem.isPresent()) {
            return none(problem.get());
        }
        List<LogicalPlan> leaves = java(dataset.queryExecution().optimizedPlan().collectLeaves());
        if (leaves.size() != 1 || !(leaves.get(0) instanceof LogicalRelation relation)) {
            return none("no row of it can pass");
        }
        if (!(relation.relation() instanceof HadoopFsRelation files) || !isOfSpark(files)) {
            return none("its files are not Spark's to list (a table format of its own, or a connection)");
        }
        return list(files, partitionColumn, declared);
    }

    private static SourceFiles none(String problem) {
        return new SourceFiles(problem, Map.of(), "");
    }

    private static boolean isOfSpark(HadoopFsRelation files) {
        return files.fileFormat().getClass().getName().startsWith(SPARK)
                && files.location().getClass().getName().startsWith(SPARK + "execution.datasources.");
    }

    private static Optional<String> problemWith(LogicalPlan plan) {
        if (plan.containsPattern(TreePattern.CURRENT_LIKE())) {
            return Optional.of("its query asks for the current time, date or user");
        }
        if (plan.containsPattern(TreePattern.PLAN_EXPRESSION())) {
            return Optional.of("its query has a subquery");
        }
        if (!plan.deterministic()) {
            return Optional.of("its query has an expression that is not deterministic");
        }
        for (LogicalPlan at = plan;
                !(at instanceof LogicalRelation);
                at = at.children().head()) {
            if (!(at instanceof Project || at instanceof Filter || at instanceof SubqueryAlias)) {
                return Optional.of("it is no table of files (" + at.nodeName() + ")");
            }
            for (Expression expression : java(at.expressions())) {
                if (expression.exists(SourceFiles::isForeign)) {
                    return Optional.of("its query calls a function that is not Spark's own");
                }
            }
        }
        return Optional.empty();
    }

    private static boolean isForeign(Expression expression) {
        return !expression.getClass().getName().startsWith(EXPRESSIONS)
                || expression instanceof ApplyFunctionExpression
                || expression.containsPattern(TreePattern.SCALA_UDF())
                || expression.containsPattern(TreePattern.PYTHON_UDF());
    }

    private static SourceFiles list(HadoopFsRelation relation, String partitionColumn, List<String> declared) {
        FileIndex index = relation.location();
        Map<LocalDate, List<Fingerprint.File>> files = new TreeMap<>();
        for (PartitionDirectory directory : java(index.listFiles(scala(), scala()))) {
            Optional<LocalDate> day = day(directory.values(), index.partitionSchema(), partitionColumn);
            if (day.isEmpty()) {
                return none("its column " + partitionColumn + " is no day of its files' directories");
            }
            for (FileStatusWithMetadata file : java(directory.files())) {
                files.computeIfAbsent(day.get(), none -> new ArrayList<>())
                        .add(new Fingerprint.File(
                                file.getPath().toString(), file.getLen(), file.getModificationTime()));
            }
        }
        return new SourceFiles(null, files, describe(relation, declared));
    }

    private static Optional<LocalDate> day(InternalRow values, StructType partitions, String partitionColumn) {
        for (int i = 0; i < partitions.length(); i++) {
            StructField field = partitions.apply(i);
            if (field.name().equalsIgnoreCase(partitionColumn) && !values.isNullAt(i)) {
                if (field.dataType() instanceof StringType) {
                    return Days.find(values.getUTF8String(i).toString());
                }
                return field.dataType() instanceof DateType
                        ? Optional.of(LocalDate.ofEpochDay(values.getInt(i)))
                        : Optional.empty();
            }
        }
        return Optional.empty();
    }

    /** What besides the files decides the rows: format, options, and the types of the columns that are read. */
    private static String describe(HadoopFsRelation relation, List<String> declared) {
        Map<String, String> options = new TreeMap<>(CollectionConverters.asJava(relation.options()));
        options.keySet().removeIf(name -> name.equalsIgnoreCase("path") || name.equalsIgnoreCase("basePath"));
        Set<String> wanted = declared.stream().map(SourceFiles::lower).collect(Collectors.toSet());
        return "Spark " + relation.sparkSession().version() + ", "
                + relation.fileFormat().getClass().getSimpleName() + " " + options + " "
                + Stream.of(relation.schema().fields())
                        .filter(field -> wanted.contains(lower(field.name())))
                        .map(field ->
                                lower(field.name()) + ": " + field.dataType().json())
                        .sorted()
                        .collect(Collectors.joining(", "));
    }

    private static String lower(String name) {
        return name.toLowerCase(java.util.Locale.ROOT);
    }

    /** Why fingerprints do not tell whether the rows are the same; empty if they do. */
    Optional<String> problem() {
        return problem;
    }

    /** By day; a day without files has none. */
    Map<LocalDate, Fingerprint> days() {
        return days;
    }

    /** How the files are read: equal texts and equal fingerprints, equal rows. */
    String read() {
        return read;
    }

    /** Lists the directories of a day's files again: true if they are as they were. */
    boolean isUnchanged(LocalDate day, org.apache.hadoop.conf.Configuration conf) throws IOException {
        List<Fingerprint.File> before = Objects.requireNonNullElse(files.get(day), List.of());
        Set<Path> directories = new HashSet<>();
        before.forEach(file -> directories.add(Objects.requireNonNull(new Path(file.path()).getParent())));
        List<Fingerprint.File> now = new ArrayList<>();
        for (Path directory : directories) {
            FileSystem system = directory.getFileSystem(conf);
            for (FileStatus file : system.listStatus(directory)) {
                String name = file.getPath().getName();
                if (file.isFile() && !name.startsWith("_") && !name.startsWith(".")) {
                    now.add(new Fingerprint.File(file.getPath().toString(), file.getLen(), file.getModificationTime()));
                }
            }
        }
        return Fingerprint.of(now).equals(days.get(day));
    }

    private static <T> List<T> java(scala.collection.immutable.Seq<T> values) {
        return CollectionConverters.asJava(values);
    }

    private static scala.collection.immutable.Seq<Expression> scala() {
        return CollectionConverters.asScala(List.<Expression>of()).toSeq();
    }
}
