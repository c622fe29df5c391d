import java.lang.management.ManagementFactory;
import java.util.Locale;
import org.apache.hadoop.conf.Configuration;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.Table;
import org.apache.iceberg.expressions.Expression;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.hadoop.HadoopTables;
import org.apache.iceberg.io.CloseableIterable;

/** Iceberg Java's part of plan.mjs. {@code java Plan FOLDER ROUNDS ORGANIZATION FROM TO RUN}; one line of JSON. */
public final class Plan {
  private Plan() {}

  public static void main(String[] args) throws Exception {
    Expression filter =
        Expressions.and(
            Expressions.equal("organization_id", args[2]),
            Expressions.greaterThanOrEqual("event_timestamp", args[3].replace("Z", "+00:00")),
            Expressions.lessThan("event_timestamp", args[4].replace("Z", "+00:00")),
            Expressions.equal("workload_run_id", args[5]));
    com.sun.management.OperatingSystemMXBean system =
        (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    StringBuilder runs = new StringBuilder();
    for (int round = 0; round < Integer.parseInt(args[1]); round++) {
      long cpu = system.getProcessCpuTime();
      long wall = System.nanoTime();
      Table table = new HadoopTables(new Configuration()).load(args[0]);
      int kept = 0;
      try (CloseableIterable<FileScanTask> tasks = table.newScan().filter(filter).planFiles()) {
        for (FileScanTask ignored : tasks) kept++;
      }
      double wallMs = (System.nanoTime() - wall) / 1e6;
      double cpuMs = (system.getProcessCpuTime() - cpu) / 1e6;
      if (round > 0) runs.append(',');
      runs.append(String.format(Locale.ROOT, "{\"wallMs\":%.3f,\"cpuMs\":%.3f,\"kept\":%d}", wallMs, cpuMs, kept));
    }
    String status = java.nio.file.Files.readString(java.nio.file.Path.of("/proc/self/status"));
    double peak = Double.parseDouble(status.replaceAll("(?s).*VmHWM:\\s+(\\d+) kB.*", "$1")) / 1024;
    System.out.println(String.format(Locale.ROOT, "{\"runs\":[%s],\"peakMB\":%.1f}", runs, peak));
  }
}
