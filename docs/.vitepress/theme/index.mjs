// VitePress's own theme, with the system's fonts, and a landmark that its home page lacks.
import { useRoute } from 'vitepress';
import Theme from 'vitepress/theme-without-fonts';
import { nextTick, onMounted, watch } from 'vue';
import './style.css';

const markMain = () => document.querySelector('.VPHome, .VPPage')?.setAttribute('role', 'main');

export default {
  extends: Theme,
  setup: () => {
    const route = useRoute();
    onMounted(markMain);
    watch(
      () => route.path,
      () => nextTick(markMain),
    );
  },
};
