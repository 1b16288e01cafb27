package io.tilefold.batch;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.FunctionIdentifier;
import org.apache.spark.sql.catalyst.TableIdentifier;
import org.apache.spark.sql.catalyst.catalog.SessionCatalog;
import scala.jdk.javaapi.CollectionConverters;

/**
 * What the {@code setups} of a query have declared in the session: temporary functions and views, gone when this is closed. So one application runs many queries, and the
 * same one many times, though they declare different things under one name. Rows that were analyzed meanwhile keep what they call: Spark has put it in its place.
 *
 * <p>A session has one at a time. What was there before under a name, and is replaced, stays replaced.
 */
public final class Setups implements AutoCloseable {
    private final SessionCatalog catalog;
    private final Set<String> functionsBefore;
    private final Set<String> viewsBefore;

    private Setups(SparkSession spark) {
        this.catalog = ((org.apache.spark.sql.classic.SparkSession) spark)
                .sessionState()
                .catalog();
        this.functionsBefore = functions();
        this.viewsBefore = views();
    }

    /**
     * Runs statements.
     *
     * @param problem what to throw, given what failed and why
     */
    public static Setups run(
            SparkSession spark, List<String> statements, BiFunction<String, Exception, JobException> problem) {
        Setups setups = new Setups(spark);
        for (String statement : statements) {
            try {
                var unused = spark.sql(statement);
            } catch (Exception e) {
                setups.close();
                throw problem.apply(
                        "setup \"" + statement.strip() + "\": "
                                + JobException.firstLine(String.valueOf(e.getMessage())),
                        e);
            }
        }
        return setups;
    }

    @Override
    public void close() {
        Set<String> declaredFunctions = functions();
        declaredFunctions.removeAll(functionsBefore);
        declaredFunctions.forEach(name -> catalog.dropTempFunction(name, true));
        Set<String> declaredViews = views();
        declaredViews.removeAll(viewsBefore);
        declaredViews.forEach(catalog::dropTempView);
    }

    private Set<String> functions() {
        Set<String> names = new HashSet<>();
        for (FunctionIdentifier function : CollectionConverters.asJava(catalog.listTemporaryFunctions())) {
            names.add(function.funcName());
        }
        return names;
    }

    private Set<String> views() {
        Set<String> names = new HashSet<>();
        for (TableIdentifier view : CollectionConverters.asJava(catalog.listLocalTempViews("*"))) {
            names.add(view.table());
        }
        return names;
    }
}
