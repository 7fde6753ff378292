declare module '*.md' {
  const page: import('./types').Guide;
  export default page;
}
