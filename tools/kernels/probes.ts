export async function probes() {
  return "uname -r";
}
